package io.piplan.lcs.server;

import io.netty.buffer.ByteBuf;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;

/** Turns answers with numbers, which may not be given any more, into refusals. */
final class WithdrawnAnswers {
  private WithdrawnAnswers() {}

  /** Takes the frames over; returns others with the same request numbers. */
  static ByteBuf withdraw(ByteBuf made, String leaderAddress) {
    LcsException why = Operations.notLeader();
    ByteBuf out = made.alloc().ioBuffer(made.readableBytes() * 2);
    try {
      while (made.isReadable()) {
        int start = made.readerIndex();
        int length = made.getInt(start) + 4;
        if (made.getByte(start + 4) == FrameType.NUMBERS) {
          Frames.error(
              out, made.getLong(start + 5), why.error(), why.found(), why.remedy(), leaderAddress);
        } else {
          out.writeBytes(made, start, length);
        }
        made.readerIndex(start + length);
      }
      return out;
    } finally {
      made.release();
    }
  }
}
