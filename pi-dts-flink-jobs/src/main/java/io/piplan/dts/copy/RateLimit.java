package io.piplan.dts.copy;

/** Holds the copy back. Called by the thread that reads. */
public interface RateLimit {
  /** Counts rows that were read, and waits as long as there were too many of late. */
  void took(int rows, long bytes) throws InterruptedException;

  RateLimit NONE = (rows, bytes) -> {};
}
