package io.piplan.lcs.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Cuts a stream of bytes into frames and hands them on in place: no object is made for a frame, and
 * no byte is copied unless a frame comes in pieces.
 */
public abstract class FrameHandler extends ChannelInboundHandlerAdapter {
  private static final int LEAST_ROOM = 256;

  /** Beginning of a frame whose rest has not come; null if there is none. */
  private ByteBuf begun;

  private boolean broken;

  /**
   * One frame. Reads the body from {@code in}, at most {@code bodyLength} bytes from its reader
   * index on, which need not be moved.
   */
  protected abstract void frame(
      ChannelHandlerContext context, byte type, long request, ByteBuf in, int bodyLength);

  /**
   * Takes frames that come in great numbers, from the reader index on, all at once.
   *
   * @return whether there were any; if not nothing has changed
   */
  protected boolean frames(ChannelHandlerContext context, ByteBuf in) {
    return false;
  }

  /** The largest length that a frame may say it has. */
  protected int largest() {
    return FrameType.LARGEST;
  }

  /** All that had come was handed on: the time to answer. */
  protected abstract void framesEnd(ChannelHandlerContext context);

  /** What came is no frame; nothing more is read. */
  protected abstract void badFrame(ChannelHandlerContext context, String found);

  /** Stops reading, as after a bad frame. */
  protected final void stopReading() {
    broken = true;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (begun != null) {
      ByteBuf both = begun;
      begun = null;
      both.writeBytes(in);
      in.release();
      in = both;
    }
    try {
      readFrames(context, in);
      if (in.isReadable() && !broken) {
        begun = context.alloc().buffer(room(in));
        begun.writeBytes(in);
      }
    } finally {
      in.release();
    }
  }

  /**
   * In proportion to what has come, not to what is said to come: else four bytes each of many
   * connections would take all the memory there is.
   */
  private static int room(ByteBuf in) {
    int came = in.readableBytes();
    int whole = came >= 4 ? in.getInt(in.readerIndex()) + 4 : LEAST_ROOM;
    return Math.max(LEAST_ROOM, Math.min(whole, 2 * came));
  }

  private void readFrames(ChannelHandlerContext context, ByteBuf in) {
    while (!broken && in.readableBytes() >= 4) {
      if (frames(context, in)) {
        continue;
      }
      int start = in.readerIndex();
      int length = in.getInt(start);
      if (length < FrameType.HEADER - 4 || length > largest()) {
        broken = true;
        badFrame(
            context,
            "a frame of length " + length + ", not " + (FrameType.HEADER - 4) + " to " + largest());
        return;
      }
      if (in.readableBytes() < 4 + length) {
        return;
      }
      byte type = in.getByte(start + 4);
      long request = in.getLong(start + 5);
      in.readerIndex(start + FrameType.HEADER);
      try {
        frame(context, type, request, in, length + 4 - FrameType.HEADER);
      } catch (IndexOutOfBoundsException e) {
        broken = true;
        badFrame(context, "a frame of type " + type + " that ends too early");
        return;
      }
      in.readerIndex(start + 4 + length);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    framesEnd(context);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (begun != null) {
      begun.release();
      begun = null;
    }
  }
}
