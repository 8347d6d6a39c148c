package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.concurrent.TimeUnit;

/** Holds those who read back to so many rows a second, all together. Thread-safe. */
public final class Throttle {
  private final long rowsPerSecond;
  private long freeNanos = System.nanoTime();

  /**
   * @param rowsPerSecond 0 for no limit
   */
  public Throttle(long rowsPerSecond) {
    this.rowsPerSecond = rowsPerSecond;
  }

  /** Most rows to read in one go, so that a limit is kept within a second or two. */
  long atOnce(long wanted) {
    return rowsPerSecond == 0 ? wanted : Math.max(1, Math.min(wanted, 2 * rowsPerSecond));
  }

  /** Counts rows that were read, and waits as long as there were too many of late. */
  public void read(long rows) {
    if (rowsPerSecond == 0 || rows == 0) {
      return;
    }
    try {
      TimeUnit.NANOSECONDS.sleep(owed(rows));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "diff was interrupted before it was done", "run diff again", e);
    }
  }

  private synchronized long owed(long rows) {
    long now = System.nanoTime();
    freeNanos = Math.max(freeNanos, now) + (long) (1e9 * rows / rowsPerSecond);
    return freeNanos - now;
  }
}
