package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;

/**
 * One whole packet as it came: what it says and, to be passed on untouched, the bytes with their
 * headers. Who has it releases it once.
 *
 * @param raw the bytes with headers; owns the memory
 * @param payload the bytes without headers, of all packets that belong together
 * @param lastSequence the sequence number of its last part
 */
public record Packet(ByteBuf raw, ByteBuf payload, int lastSequence) {
  public void release() {
    payload.release();
    raw.release();
  }

  /** The first byte, or -1 if it is empty. */
  public int firstByte() {
    return payload.isReadable() ? payload.getUnsignedByte(payload.readerIndex()) : -1;
  }
}
