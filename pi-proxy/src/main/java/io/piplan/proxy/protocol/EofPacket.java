package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;

/** Ends column definitions and rows for clients without {@link Capability#DEPRECATE_EOF}. */
public record EofPacket(int warnings, int status) {
  public static final int EOF = 0xfe;

  /** A longer packet that begins with 0xfe is a row, whose first value is very long. */
  static final int LENGTH = 5;

  public static EofPacket read(ByteBuf payload) {
    PayloadReader in = new PayloadReader(payload, "EOF packet");
    int first = in.u1();
    if (first != EOF) {
      throw in.broken("first byte " + first + ", expected 254");
    }
    EofPacket eof = new EofPacket(in.u2(), in.u2());
    in.end();
    return eof;
  }

  public int write(ByteBuf out, int sequence) {
    int at = Frames.begin(out);
    new PayloadWriter(out).u1(EOF).u2(warnings).u2(status);
    return Frames.end(out, at, sequence);
  }
}
