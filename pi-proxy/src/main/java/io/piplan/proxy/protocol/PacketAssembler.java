package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.piplan.proxy.ProxyError;

/**
 * Puts received bytes together to whole packets. Holds at most the allowed size: what announces to
 * be longer is refused before it has come.
 */
public final class PacketAssembler {
  private final ByteBufAllocator allocator;
  private final int maxPayload;
  private ByteBuf gathered = Unpooled.EMPTY_BUFFER;

  public PacketAssembler(ByteBufAllocator allocator, int maxPayload) {
    this.allocator = allocator;
    this.maxPayload = maxPayload;
  }

  /** Takes ownership of the bytes. */
  public void add(ByteBuf bytes) {
    if (gathered.isReadable()) {
      gathered = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, gathered, bytes);
    } else {
      gathered.release();
      gathered = bytes;
    }
  }

  /** Bytes that wait for the rest of their packet. */
  public int waiting() {
    return gathered.readableBytes();
  }

  /**
   * The next whole packet, or null until more bytes have come.
   *
   * @param sequence the number that its first part must have; -1: any
   */
  public Packet next(int sequence) {
    if (!gathered.isReadable()) {
      // Thousands of clients that are silent must not keep a buffer each.
      release();
      return null;
    }
    int at = gathered.readerIndex();
    int end = gathered.writerIndex();
    int expected = sequence;
    long payload = 0;
    int parts = 0;
    int length;
    do {
      if (end - at < Frames.HEADER) {
        return null;
      }
      length = gathered.getUnsignedMediumLE(at);
      int found = gathered.getUnsignedByte(at + 3);
      if (expected >= 0 && found != expected) {
        throw new ProtocolException(
            ProxyError.OUT_OF_ORDER,
            "packets out of order: found sequence number " + found + ", expected " + expected);
      }
      payload += length;
      if (payload > maxPayload) {
        throw new ProtocolException(
            ProxyError.STATEMENT_TOO_LARGE,
            "a packet of " + payload + " bytes or more; at most " + maxPayload + " are taken");
      }
      if (end - at - Frames.HEADER < length) {
        return null;
      }
      at += Frames.HEADER + length;
      expected = (found + 1) & 0xff;
      parts++;
    } while (length == Frames.MAX);
    return cut(at - gathered.readerIndex(), parts, (expected + 255) & 0xff);
  }

  private Packet cut(int size, int parts, int lastSequence) {
    ByteBuf raw = gathered.readRetainedSlice(size);
    if (parts == 1) {
      return new Packet(raw, raw.retainedSlice(Frames.HEADER, size - Frames.HEADER), lastSequence);
    }
    CompositeByteBuf payload = allocator.compositeBuffer(parts);
    int at = 0;
    for (int i = 0; i < parts; i++) {
      int length = raw.getUnsignedMediumLE(at);
      payload.addComponent(true, raw.retainedSlice(at + Frames.HEADER, length));
      at += Frames.HEADER + length;
    }
    return new Packet(raw, payload, lastSequence);
  }

  /** Gives away what has come and belongs to no packet yet; the caller owns it. */
  public ByteBuf takeRest() {
    ByteBuf rest = gathered;
    gathered = Unpooled.EMPTY_BUFFER;
    return rest;
  }

  public void release() {
    takeRest().release();
  }
}
