package io.piplan.dts.flink;

import io.piplan.dts.copy.RateLimit;
import java.time.Duration;

/** A reader's share of the rate limits; set by its task, obeyed by its fetcher. */
final class CopyRate implements RateLimit {
  /**
   * A chunk that was begun is held back no longer than this: an open snapshot makes the source keep
   * old rows.
   */
  private static final long MOST_HELD_NANOS = Duration.ofMinutes(1).toNanos();

  private volatile CopyRateEvent limits = new CopyRateEvent(0, 0, false);
  private long freeNanos = System.nanoTime();
  private long heldNanos;
  private boolean woken;

  synchronized void set(CopyRateEvent newLimits) {
    if (newLimits.resting() && !limits.resting()) {
      heldNanos = System.nanoTime();
    }
    limits = newLimits;
    // What was owed under the old limits is not owed under the new ones.
    freeNanos = System.nanoTime();
    notifyAll();
  }

  /** Ends a wait early; what is still owed is waited for next time. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }

  @Override
  public synchronized void took(int rows, long bytes) throws InterruptedException {
    woken = false;
    double owed =
        Math.max(
            limits.rowsPerSecond() <= 0 ? 0 : rows / limits.rowsPerSecond(),
            limits.bytesPerSecond() <= 0 ? 0 : bytes / limits.bytesPerSecond());
    freeNanos = Math.max(freeNanos, System.nanoTime()) + (long) (owed * 1_000_000_000L);
    long left = left();
    while (left > 0 && !woken) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
      left = left();
    }
  }

  /** What is held back for a second is worth a transaction on the target. */
  @Override
  public boolean isEnough(int rows, long bytes) {
    CopyRateEvent now = limits;
    return (now.rowsPerSecond() > 0 && rows >= now.rowsPerSecond())
        || (now.bytesPerSecond() > 0 && bytes >= now.bytesPerSecond());
  }

  private long left() {
    long now = System.nanoTime();
    long held = limits.resting() ? heldNanos + MOST_HELD_NANOS - now : 0;
    return Math.max(freeNanos - now, held);
  }
}
