package io.piplan.lcs.client;

/**
 * Waits for an answer for some microseconds without giving the thread up: from a server that is
 * near it is there sooner than a thread that sleeps is woken. Where it isn't, this is tried ever
 * more rarely, up to once in some hundred calls.
 *
 * <p>For callers of one sequence. Those of several threads may lose a count, no more.
 */
final class BriefWait {
  private static final long LONGEST_NANOS = 80_000;

  /** Others had work for the processor: then a thread that sleeps is back sooner than this one. */
  private static final long LONG_TURN_NANOS = 300_000;

  private static final int MOST_SKIPPED = 512;

  private final boolean useful = Runtime.getRuntime().availableProcessors() > 1;
  private int skip;
  private int skipped;

  void await(ThreadWaiter answer) {
    if (!useful) {
      return;
    }
    if (skipped < skip) {
      skipped++;
      return;
    }
    skipped = 0;
    long begun = System.nanoTime();
    long now = begun;
    while (now - begun < LONGEST_NANOS) {
      if (answer.isReady()) {
        skip = 0;
        return;
      }
      letOthersRun();
      long before = now;
      now = System.nanoTime();
      if (now - before > LONG_TURN_NANOS) {
        skip = MOST_SKIPPED;
        return;
      }
    }
    skip = answer.isReady() ? 0 : Math.min(MOST_SKIPPED, 2 * skip + 1);
  }

  /** The client's own thread among them, if there is no idle processor. */
  @SuppressWarnings("ThreadPriorityCheck")
  private static void letOthersRun() {
    Thread.yield();
  }
}
