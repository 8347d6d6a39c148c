package io.piplan.dts.apply;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What became of the upkeep of a target's tables that a writer does beside writing. Written by one
 * thread, read by any; counts only grow and start at 0 with every attempt.
 */
public final class UpkeepMetrics {
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong postponed = new AtomicLong();

  /** A table was seen to, or there was nothing to do. */
  public void done() {
    done.incrementAndGet();
  }

  /** It came to nothing and will be tried again. */
  public void failed() {
    failed.incrementAndGet();
  }

  /** A table has to wait for somebody else. */
  public void postponed() {
    postponed.incrementAndGet();
  }

  public long tablesDone() {
    return done.get();
  }

  public long failures() {
    return failed.get();
  }

  public long tablesPostponed() {
    return postponed.get();
  }
}
