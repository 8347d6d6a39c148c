package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Bytes for tests. */
final class Bytes {
  private Bytes() {}

  static ByteBuf of(byte... bytes) {
    return Unpooled.wrappedBuffer(bytes);
  }

  static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  static byte[] all(ByteBuf buffer) {
    return ByteBufUtil.getBytes(buffer);
  }

  /** The same bytes in pieces of random size, some empty. */
  static List<ByteBuf> pieces(ByteBuf whole, Random random, int largest) {
    List<ByteBuf> pieces = new ArrayList<>();
    int at = whole.readerIndex();
    while (at < whole.writerIndex()) {
      int length = Math.min(random.nextInt(largest + 1), whole.writerIndex() - at);
      pieces.add(Unpooled.copiedBuffer(whole.slice(at, length)));
      at += length;
    }
    return pieces;
  }

  /** Skips the header of the only packet. */
  static ByteBuf payload(ByteBuf packet) {
    return packet.skipBytes(Frames.HEADER);
  }
}
