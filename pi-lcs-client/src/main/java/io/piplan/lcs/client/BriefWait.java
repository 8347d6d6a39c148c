package io.piplan.lcs.client;

import java.util.concurrent.CompletableFuture;

/**
 * Waits for an answer for some microseconds without giving the thread up: from a server that is
 * near it is there sooner than a thread that sleeps is woken. Where it isn't, this is tried ever
 * more rarely, up to once in some hundred calls.
 *
 * <p>For callers of one sequence. Those of several threads may lose a count, no more.
 */
final class BriefWait {
  private static final long LONGEST_NANOS = 80_000;
  private static final int MOST_SKIPPED = 512;

  private final boolean useful = Runtime.getRuntime().availableProcessors() > 1;
  private int skip;
  private int skipped;

  void await(CompletableFuture<?> answer) {
    if (!useful) {
      return;
    }
    if (skipped < skip) {
      skipped++;
      return;
    }
    skipped = 0;
    skip = comes(answer) ? 0 : Math.min(MOST_SKIPPED, 2 * skip + 1);
  }

  private static boolean comes(CompletableFuture<?> answer) {
    long begun = System.nanoTime();
    do {
      if (answer.isDone()) {
        return true;
      }
      letOthersRun();
    } while (System.nanoTime() - begun < LONGEST_NANOS);
    return answer.isDone();
  }

  /** The client's own thread among them, if there is no idle processor. */
  @SuppressWarnings("ThreadPriorityCheck")
  private static void letOthersRun() {
    Thread.yield();
  }
}
