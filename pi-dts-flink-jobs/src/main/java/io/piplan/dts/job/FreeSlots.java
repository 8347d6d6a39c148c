package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.time.Duration;

/**
 * Whether a Flink has room for what is to be started. Without it Flink takes the job, lets it wait
 * for five minutes, and fails it.
 */
record FreeSlots(FlinkRest flink) {
  /** Slots of a job that has just ended, or of a task manager that just begins, are free soon. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final long ASK_MILLIS = 250;

  /**
   * @param needed task slots of all that is to be started
   * @throws DtsException {@code FLINK_REFUSED} if there are fewer
   */
  void require(int needed) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int free = flink.freeSlots();
    if (free >= needed || flink.growsByItself()) {
      return;
    }
    while (free < needed && System.nanoTime() < deadline) {
      pause();
      free = flink.freeSlots();
    }
    if (free < needed) {
      throw new DtsException(
          DtsError.FLINK_REFUSED,
          "Flink at "
              + flink.url()
              + " has "
              + free
              + " of "
              + flink.slots()
              + " task slots free, and "
              + needed
              + " are needed: one for each of 'parallelism'",
          "lower 'parallelism', stop what need not run, or give Flink more slots: more task managers"
              + " in a cluster, --slots in this process");
    }
  }

  private static void pause() {
    try {
      Thread.sleep(ASK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.FLINK_REFUSED, "interrupted while waiting for task slots", "start it again");
    }
  }
}
