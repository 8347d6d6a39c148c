package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;

/**
 * Packets on the wire: three bytes of length, one of sequence, then the payload. A payload of
 * {@link #MAX} bytes or more goes in several; one that is a multiple of it ends with an empty
 * packet.
 */
public final class Frames {
  public static final int HEADER = 4;
  public static final int MAX = 0xffffff;

  private Frames() {}

  /**
   * Writes a payload with the headers it needs.
   *
   * @param payload read to its end; ownership stays with the caller
   * @return the sequence number of the packet after
   */
  public static int write(ByteBuf out, int sequence, ByteBuf payload) {
    int next = sequence;
    int length;
    do {
      length = Math.min(MAX, payload.readableBytes());
      out.writeMediumLE(length).writeByte(next);
      out.writeBytes(payload, length);
      next = (next + 1) & 0xff;
    } while (length == MAX);
    return next;
  }

  /** Reserves a header, which {@link #end} fills in: saves a copy of the payload. */
  static int begin(ByteBuf out) {
    int at = out.writerIndex();
    out.writeZero(HEADER);
    return at;
  }

  /** Ends what {@link #begin} began. Only for payloads that are short for sure. */
  static int end(ByteBuf out, int at, int sequence) {
    int length = out.writerIndex() - at - HEADER;
    if (length >= MAX) {
      throw new IllegalStateException("a payload of " + length + " bytes needs Frames.write");
    }
    out.setMediumLE(at, length);
    out.setByte(at + 3, sequence);
    return (sequence + 1) & 0xff;
  }
}
