package io.piplan.lcs.client;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets threads that were given numbers together ask together again: each of them needs a moment on
 * a processor to come back, and where all processors are taken they come one by one. A request for
 * each of them would cost several times as much as the numbers of all. Lets others run, no more;
 * who is alone waits for nobody.
 */
final class Gathering {
  private static final int MOST_TURNS = 8;

  /** Others have work for the processor that is not ours. */
  private static final long LONG_TURN_NANOS = 1_000_000;

  private static final int SKIPPED = 64;

  private int usual = 1;
  private int skip;

  /** So many were given numbers. */
  void had(int count) {
    usual = Math.max(count, usual - (usual + 7) / 8);
  }

  void await(AtomicReference<ThreadWaiter> arrived) {
    if (usual <= 1) {
      return;
    }
    if (skip > 0) {
      skip--;
      return;
    }
    long begun = System.nanoTime();
    ThreadWaiter seen = arrived.get();
    for (int i = 0; i < MOST_TURNS && (seen == null || seen.depth() < usual); i++) {
      letOthersRun();
      ThreadWaiter now = arrived.get();
      if (now == seen) {
        break;
      }
      seen = now;
    }
    if (System.nanoTime() - begun > LONG_TURN_NANOS) {
      skip = SKIPPED;
    }
  }

  @SuppressWarnings("ThreadPriorityCheck")
  private static void letOthersRun() {
    Thread.yield();
  }
}
