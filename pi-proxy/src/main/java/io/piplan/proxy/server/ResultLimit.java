package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import java.nio.charset.Charset;

/**
 * Ends answers that are longer than allowed: with an error where the next packet would begin. What
 * comes after that is dropped. Only there if there is a limit; only for the client's event loop.
 */
final class ResultLimit {
  private final long most;
  private final Runnable stop;
  private long bytes;
  private boolean over;

  /** Of the packet that is passing. */
  private long left;

  private int sequence;
  private boolean continues;

  /** Bytes of a packet's head that came without the rest of it. */
  private final byte[] head = new byte[Frames.HEADER];

  private int headBytes;

  /**
   * @param most bytes of one answer
   * @param stop stops the statement
   */
  ResultLimit(long most, Runnable stop) {
    this.most = most;
    this.stop = stop;
  }

  /** Another command begins. */
  void begins() {
    bytes = 0;
    over = false;
    left = 0;
    headBytes = 0;
    continues = false;
  }

  /**
   * What the client gets of these bytes, which are taken over.
   *
   * @return null for nothing
   */
  ByteBuf pass(ByteBuf out, Charset charset) {
    if (over) {
      out.release();
      return null;
    }
    int start = out.readerIndex();
    int cut = walk(out, start);
    if (cut < 0) {
      return out;
    }
    over = true;
    ByteBuf last = out.alloc().buffer(cut - start + 256);
    last.writeBytes(out, start, cut - start);
    out.release();
    ErrPacket.of(
            new ProxyException(
                ProxyError.RESULT_TOO_LARGE,
                "the result is longer than "
                    + most
                    + " bytes, the most that this proxy passes on; ask for fewer rows or columns,"
                    + " or raise max_result_bytes"))
        .write(last, (sequence + 1) & 0xff, charset);
    stop.run();
    return last;
  }

  /** Where a packet begins above the limit; -1 if none does. Behind the last one nothing does. */
  private int walk(ByteBuf out, int start) {
    int at = start;
    int end = out.writerIndex();
    while (at < end) {
      if (left > 0) {
        int step = (int) Math.min(left, end - at);
        left -= step;
        at += step;
        bytes += step;
        continue;
      }
      if (headBytes == 0 && !continues && bytes > most) {
        return at;
      }
      head[headBytes++] = out.getByte(at++);
      bytes++;
      if (headBytes == Frames.HEADER) {
        headBytes = 0;
        left = (head[0] & 0xff) | ((head[1] & 0xff) << 8) | ((head[2] & 0xff) << 16);
        sequence = head[3] & 0xff;
        continues = left == Frames.MAX;
      }
    }
    return -1;
  }
}
