package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * What a server says first (version 10).
 *
 * @param nonce 20 bytes, none of them zero
 * @param capabilities the lower 32 bits; MariaDB's own further ones are not used
 */
public record Handshake(
    String serverVersion,
    int connectionId,
    byte[] nonce,
    int capabilities,
    int collation,
    int status,
    String plugin) {
  private static final int VERSION = 10;
  public static final int NONCE_LENGTH = 20;

  public Handshake {
    if (nonce.length != NONCE_LENGTH) {
      throw ProtocolException.malformed("a nonce of " + nonce.length + " bytes, expected 20");
    }
  }

  public static Handshake read(ByteBuf payload) {
    PayloadReader in = new PayloadReader(payload, "handshake of the server");
    int version = in.u1();
    if (version == 0xff) {
      throw ProtocolException.malformed("an error in place of a handshake");
    }
    if (version != VERSION) {
      throw in.broken("handshake version " + version + ", expected 10");
    }
    String serverVersion = in.nullTerminated(StandardCharsets.UTF_8);
    int connectionId = in.i4();
    byte[] nonce = new byte[NONCE_LENGTH];
    System.arraycopy(in.bytes(8), 0, nonce, 0, 8);
    in.skip(1);
    int capabilities = in.u2();
    int collation = in.u1();
    int status = in.u2();
    capabilities |= in.u2() << 16;
    int nonceLength = in.u1();
    in.skip(10);
    if (nonceLength != NONCE_LENGTH + 1 && nonceLength != 0) {
      throw in.broken("a nonce of " + nonceLength + " bytes, expected 21");
    }
    System.arraycopy(in.bytes(12), 0, nonce, 8, 12);
    in.skip(1);
    String plugin =
        Capability.has(capabilities, Capability.PLUGIN_AUTH)
            ? text(in)
            : AuthPlugin.NATIVE_PASSWORD;
    return new Handshake(
        serverVersion, connectionId, nonce, capabilities, collation, status, plugin);
  }

  /** Some old servers leave out the last zero byte. */
  private static String text(PayloadReader in) {
    byte[] rest = in.rest();
    int end = 0;
    while (end < rest.length && rest[end] != 0) {
      end++;
    }
    return new String(rest, 0, end, StandardCharsets.UTF_8);
  }

  public void write(ByteBuf out, int sequence) {
    int at = Frames.begin(out);
    PayloadWriter to = new PayloadWriter(out);
    to.u1(VERSION).nullTerminated(serverVersion, StandardCharsets.UTF_8).u4(connectionId);
    out.writeBytes(nonce, 0, 8).writeByte(0);
    to.u2(capabilities & 0xffff).u1(collation & 0xff).u2(status).u2(capabilities >>> 16);
    to.u1(NONCE_LENGTH + 1).zeros(10);
    out.writeBytes(nonce, 8, 12).writeByte(0);
    if (Capability.has(capabilities, Capability.PLUGIN_AUTH)) {
      to.nullTerminated(plugin, StandardCharsets.UTF_8);
    }
    Frames.end(out, at, sequence);
  }
}
