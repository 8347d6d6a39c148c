package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;

/**
 * Follows a client's file (LOAD DATA LOCAL) through its bytes up to the empty packet at its end.
 */
public final class FileWalker {
  private int skip;
  private boolean continues;
  private int lastSequence;

  /**
   * Moves the reader index past what may be passed on.
   *
   * @return whether the file is at its end; bytes after it are left
   */
  public boolean advance(ByteBuf in) {
    while (true) {
      int step = Math.min(skip, in.readableBytes());
      in.skipBytes(step);
      skip -= step;
      if (skip > 0 || in.readableBytes() < Frames.HEADER) {
        return false;
      }
      int length = in.getUnsignedMediumLE(in.readerIndex());
      lastSequence = in.getUnsignedByte(in.readerIndex() + 3);
      in.skipBytes(Frames.HEADER);
      if (length == 0 && !continues) {
        return true;
      }
      continues = length == Frames.MAX;
      skip = length;
    }
  }

  /** The sequence number of the last packet. */
  public int lastSequence() {
    return lastSequence;
  }
}
