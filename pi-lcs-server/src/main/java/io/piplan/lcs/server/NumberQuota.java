package io.piplan.lcs.server;

/**
 * How many numbers somebody may take: so many a second, of which those of one second can be saved
 * up. A request that asks for more than are left gets them all, and the next one waits for as much
 * longer; so each is answered at some time, and over time nobody gets more than his share.
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

  /** Takes so many; false if it is too early. */
  synchronized boolean take(int count, long now) {
    if (perSecond == 0) {
      return true;
    }
    earn(now);
    if (left <= 0) {
      return false;
    }
    left -= count;
    return true;
  }

  /** Whether all that can be saved up is: then nothing is lost with it. */
  synchronized boolean full(long now) {
    earn(now);
    return left >= perSecond;
  }

  /** What was taken just now and isn't needed. */
  synchronized void giveBack(int count) {
    left += count;
  }

  private void earn(long now) {
    // Threads may come with times in another order.
    long passed = Math.max(0, now - since);
    left = Math.min((double) perSecond, left + passed / NANOS * perSecond);
    since += passed;
  }
}
