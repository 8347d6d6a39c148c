package io.piplan.lcs.server;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;

/**
 * How many numbers one connection may take: so many a second, of which those of one second can be
 * saved up. A request that asks for more than are left gets them all, and the next one waits for as
 * much longer; so each is answered at some time, and over time nobody gets more than his share. For
 * one thread.
 */
final class NumberQuota {
  private static final double NANOS = 1e9;

  private final long perSecond;
  private double left;
  private long since;

  /**
   * @param perSecond 0 for no limit
   * @param now as {@link System#nanoTime}
   */
  NumberQuota(long perSecond, long now) {
    this.perSecond = perSecond;
    this.left = perSecond;
    this.since = now;
  }

  /** Whether there is a limit: else nobody needs to look at the clock. */
  boolean limits() {
    return perSecond > 0;
  }

  /** Takes so many; false if it is too early. */
  boolean take(int count, long now) {
    left = Math.min((double) perSecond, left + (now - since) / NANOS * perSecond);
    since = now;
    if (left <= 0) {
      return false;
    }
    left -= count;
    return true;
  }

  LcsException exceeded() {
    return new LcsException(
        LcsError.OVERLOADED,
        "this connection has asked for more than " + perSecond + " numbers a second",
        "ask for fewer, or raise the servers' limit rate");
  }
}
