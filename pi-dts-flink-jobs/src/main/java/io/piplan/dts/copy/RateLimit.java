package io.piplan.dts.copy;

/** Holds the copy back. Called by the thread that reads. */
public interface RateLimit {
  /** Counts rows that were read, and waits as long as there were too many of late. */
  void took(int rows, long bytes) throws InterruptedException;

  /** Whether so much is to be counted and handed on before more is read. */
  default boolean isEnough(int rows, long bytes) {
    return false;
  }

  RateLimit NONE = (rows, bytes) -> {};
}
