package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * A refusal.
 *
 * @param sqlState five characters; empty in errors before the handshake is done
 */
public record ErrPacket(int number, String sqlState, String message) {
  public static final int ERR = 0xff;
  private static final int MAX_MESSAGE = 512 * 4;

  public static ErrPacket of(ProxyException refusal) {
    return new ErrPacket(
        refusal.error().number(), refusal.error().sqlState(), refusal.getMessage());
  }

  public static ErrPacket read(ByteBuf payload, Charset charset) {
    PayloadReader in = new PayloadReader(payload, "ERR packet");
    int first = in.u1();
    if (first != ERR) {
      throw in.broken("first byte " + first + ", expected 255");
    }
    int number = in.u2();
    String state = "";
    byte[] rest = in.rest();
    int from = 0;
    if (rest.length >= 6 && rest[0] == '#') {
      state = new String(rest, 1, 5, StandardCharsets.US_ASCII);
      from = 6;
    }
    return new ErrPacket(number, state, new String(rest, from, rest.length - from, charset));
  }

  public int write(ByteBuf out, int sequence, Charset charset) {
    int at = Frames.begin(out);
    PayloadWriter to = new PayloadWriter(out).u1(ERR).u2(number);
    if (sqlState.length() == 5) {
      to.u1('#').bytes(sqlState.getBytes(StandardCharsets.US_ASCII));
    }
    String text =
        message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message;
    to.bytes(text.getBytes(charset));
    return Frames.end(out, at, sequence);
  }
}
