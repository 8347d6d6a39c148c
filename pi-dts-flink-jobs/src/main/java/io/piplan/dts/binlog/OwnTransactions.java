package io.piplan.dts.binlog;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What becomes of transactions that syncs have written to the server that is read. Counted by the
 * thread that reads, looked at by any.
 */
public final class OwnTransactions {
  private final boolean leftOut;
  private final AtomicLong count = new AtomicLong();

  /**
   * @param leftOut whether their rows are left out, so that they don't go back to where they came
   *     from, nor on to where their origin sends them itself
   */
  public OwnTransactions(boolean leftOut) {
    this.leftOut = leftOut;
  }

  boolean leftOut() {
    return leftOut;
  }

  void count() {
    count.incrementAndGet();
  }

  /** How many were left out. */
  public long leftOutSoFar() {
    return count.get();
  }
}
