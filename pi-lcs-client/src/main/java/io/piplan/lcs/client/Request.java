package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.piplan.lcs.LcsException;

/** What is asked of the leader, as often as it takes. All on the client's event loop. */
abstract class Request {
  private long sentAt;

  /** Writes its frame. */
  abstract void write(ByteBuf out, long number);

  /** Takes an answer that is no error. */
  abstract void answered(byte type, ByteBuf in);

  abstract void failed(LcsException failure);

  /**
   * Gives up what has waited for too long.
   *
   * @return whether nothing is left to ask for
   */
  abstract boolean expire(long now);

  /** Whether members that don't lead may answer as well. */
  boolean anyMember() {
    return false;
  }

  /** Whether a server that hasn't answered for a while may still be at it. */
  boolean takesLong() {
    return false;
  }

  final void sent(long now) {
    sentAt = now;
  }

  final long sentAt() {
    return sentAt;
  }
}
