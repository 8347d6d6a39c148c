package io.piplan.dts.flink;

import io.piplan.dts.copy.RateLimit;

/** A reader's share of the rate limit; set by its task, obeyed by its fetcher. */
final class CopyRate implements RateLimit {
  private double rowsPerSecond;
  private long freeNanos = System.nanoTime();
  private boolean woken;

  synchronized void set(double newRowsPerSecond) {
    rowsPerSecond = newRowsPerSecond;
    // What was owed under the old limit is not owed under the new one.
    freeNanos = System.nanoTime();
    notifyAll();
  }

  /** Ends a wait early; what is still owed is waited for next time. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }

  @Override
  public synchronized void rows(int count) throws InterruptedException {
    woken = false;
    if (rowsPerSecond <= 0) {
      return;
    }
    freeNanos =
        Math.max(freeNanos, System.nanoTime()) + (long) (count / rowsPerSecond * 1_000_000_000L);
    long left = freeNanos - System.nanoTime();
    while (left > 0 && !woken) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
      left = freeNanos - System.nanoTime();
    }
  }
}
