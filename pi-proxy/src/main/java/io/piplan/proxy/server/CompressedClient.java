package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.protocol.ProtocolException;
import java.util.function.BooleanSupplier;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The compressed protocol (CLIENT_COMPRESS, zlib) between a client and the packets: each frame has
 * three bytes of length, a number, three bytes of its length before compression (0: it isn't
 * compressed), then its bytes. What a frame becomes is handed on in small pieces, and only as long
 * as the client is read: a small frame that becomes a large one fills no memory.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
final class CompressedClient extends ChannelDuplexHandler {
  private static final int HEADER = 7;
  private static final int PIECE = 32 * 1024;

  /** Frames to the client; shorter ones are sent as they are, as servers do. */
  private static final int LONGEST = 64 * 1024;

  private static final int SHORTEST = 50;

  /** Of a client that sends more than this while its command runs nothing is read. */
  private static final int MOST_KEPT = 256 * 1024;

  private final BooleanSupplier busy;
  private final Inflater inflater = new Inflater();
  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
  private final byte[] input = new byte[PIECE];
  private ChannelHandlerContext context;
  private ByteBuf kept = Unpooled.EMPTY_BUFFER;

  /** Of the frame that is taken apart: bytes that have not come, and what they must become. */
  private int frameLeft;

  private int plainLeft;
  private boolean compressed;
  private int lastSequence = -1;
  private int nextSequence;
  private boolean running;
  private boolean scheduled;
  private boolean heldBack;
  private boolean removed;

  /**
   * The protocol of one client.
   *
   * @param busy whether a command of the client runs: the next one waits, so that the numbers of
   *     frames go on from its own
   */
  CompressedClient(BooleanSupplier busy) {
    this.busy = busy;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext gone) {
    removed = true;
    kept.release();
    kept = Unpooled.EMPTY_BUFFER;
    inflater.end();
    deflater.end();
  }

  /** Bytes that came with the login and belong to this protocol; takes them over. */
  void cameBefore(ByteBuf bytes) {
    channelRead(context, bytes);
  }

  // --- from the client

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (removed) {
      bytes.release();
      return;
    }
    if (kept.isReadable()) {
      kept = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(reading.alloc(), kept, bytes);
    } else {
      kept.release();
      kept = bytes;
    }
    goOn();
  }

  /** The client is read again after it wasn't. */
  @Override
  public void read(ChannelHandlerContext reading) {
    goOnLater();
    reading.read();
  }

  /** What is kept may go on; not from within who asks for it. */
  void goOnLater() {
    if (kept.isReadable() && !scheduled && !removed) {
      scheduled = true;
      context
          .executor()
          .execute(
              () -> {
                scheduled = false;
                if (heldBack) {
                  heldBack = false;
                  context.channel().config().setAutoRead(true);
                }
                goOn();
              });
    }
  }

  private void goOn() {
    if (running) {
      return;
    }
    running = true;
    try {
      while (mayGoOn() && step()) {
        // One piece after the other.
      }
    } catch (DataFormatException e) {
      removed = true;
      context.fireExceptionCaught(
          new ProtocolException(
              ProxyError.MALFORMED_PACKET,
              "a compressed frame that zlib can't read: " + e.getMessage()));
    } finally {
      running = false;
    }
    if (kept.readableBytes() > MOST_KEPT && context.channel().config().isAutoRead()) {
      heldBack = true;
      context.channel().config().setAutoRead(false);
    }
  }

  /** Of a client that takes no responses nothing is unpacked either. */
  private boolean mayGoOn() {
    return !removed && context.channel().config().isAutoRead() && context.channel().isWritable();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    goOnLater();
    changed.fireChannelWritabilityChanged();
  }

  /** Returns whether there may be more to do. */
  private boolean step() throws DataFormatException {
    if (frameLeft == 0 && plainLeft == 0) {
      return begin();
    }
    if (!compressed) {
      int length = Math.min(Math.min(frameLeft, kept.readableBytes()), PIECE);
      if (length == 0) {
        return false;
      }
      frameLeft -= length;
      plainLeft -= length;
      context.fireChannelRead(kept.readRetainedSlice(length));
      return true;
    }
    return inflate();
  }

  private boolean begin() {
    if (kept.readableBytes() < HEADER) {
      return false;
    }
    int at = kept.readerIndex();
    int sequence = kept.getUnsignedByte(at + 3);
    boolean newCommand = sequence == 0 && lastSequence != 255;
    if (newCommand && busy.getAsBoolean()) {
      return false;
    }
    frameLeft = kept.getUnsignedMediumLE(at);
    int plain = kept.getUnsignedMediumLE(at + 4);
    kept.skipBytes(HEADER);
    compressed = plain > 0;
    plainLeft = compressed ? plain : frameLeft;
    lastSequence = sequence;
    nextSequence = (sequence + 1) & 0xff;
    inflater.reset();
    return true;
  }

  private boolean inflate() throws DataFormatException {
    if (inflater.needsInput() && !inflater.finished()) {
      int length = Math.min(Math.min(frameLeft, kept.readableBytes()), input.length);
      if (length == 0 && frameLeft > 0) {
        return false;
      }
      kept.readBytes(input, 0, length);
      frameLeft -= length;
      inflater.setInput(input, 0, length);
    }
    byte[] piece = new byte[Math.max(1, Math.min(PIECE, plainLeft))];
    int length = plainLeft == 0 ? 0 : inflater.inflate(piece);
    plainLeft -= length;
    if (plainLeft == 0) {
      // What is left of the frame is the end of its compression.
      int rest = Math.min(frameLeft, kept.readableBytes());
      kept.skipBytes(rest);
      frameLeft -= rest;
    } else if (length == 0
        && (inflater.finished() || frameLeft == 0 || inflater.needsDictionary())) {
      throw new DataFormatException("it is " + plainLeft + " bytes shorter than it says");
    }
    if (length > 0) {
      context.fireChannelRead(Unpooled.wrappedBuffer(piece, 0, length));
    }
    return length > 0 || frameLeft == 0 || kept.isReadable();
  }

  // --- to the client

  @Override
  public void write(ChannelHandlerContext writing, Object message, ChannelPromise promise) {
    ByteBuf bytes = (ByteBuf) message;
    ByteBuf out = writing.alloc().buffer(HEADER + Math.min(bytes.readableBytes(), LONGEST));
    try {
      while (bytes.isReadable()) {
        frame(bytes, Math.min(LONGEST, bytes.readableBytes()), out);
      }
    } finally {
      bytes.release();
    }
    writing.write(out, promise);
  }

  private void frame(ByteBuf from, int length, ByteBuf out) {
    int at = out.writerIndex();
    out.writeZero(HEADER);
    int plain = 0;
    if (length >= SHORTEST) {
      byte[] bytes = new byte[length];
      from.getBytes(from.readerIndex(), bytes);
      deflater.reset();
      deflater.setInput(bytes);
      deflater.finish();
      byte[] shorter = new byte[length];
      int packed = deflater.deflate(shorter);
      if (deflater.finished() && packed < length) {
        out.writeBytes(shorter, 0, packed);
        from.skipBytes(length);
        plain = length;
      }
    }
    if (plain == 0) {
      out.writeBytes(from, length);
    }
    out.setMediumLE(at, out.writerIndex() - at - HEADER);
    out.setByte(at + 3, nextSequence);
    out.setMediumLE(at + 4, plain);
    nextSequence = (nextSequence + 1) & 0xff;
  }
}
