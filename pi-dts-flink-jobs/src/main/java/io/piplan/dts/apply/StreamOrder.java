package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;

/**
 * Checks that nothing between the source and this writer was lost, doubled or reordered (I4): each
 * element names the one sent to this writer before it. Not thread-safe.
 */
final class StreamOrder {
  private final int writer;
  private final Lsn applied;
  private Lsn last;

  /**
   * @param applied how far this writer's lanes are on the target when the stream begins
   */
  StreamOrder(int writer, Lsn applied) {
    this.writer = writer;
    this.applied = applied;
  }

  /** Accepts the next element or throws. */
  void next(Lsn lsn, Lsn previous) {
    if (last == null) {
      if (previous.isAfter(applied)) {
        throw new DtsException(
            DtsError.TARGET_BEHIND,
            "writer "
                + writer
                + ": the stream goes on after "
                + previous
                + ", but the target has only been brought to "
                + applied
                + ": the changes between them would be lost",
            "the target is older than the job's checkpoint (restored from a backup?): copy it anew"
                + " ('bin/pi sync start --fresh'), or, if its copy was complete, start the sync with"
                + " another state directory (--state), so that the target's own progress says where"
                + " to go on");
      }
    } else if (!previous.equals(last)) {
      throw new DtsException(
          DtsError.SOURCE_GAP,
          "writer "
              + writer
              + ": "
              + lsn
              + " says that "
              + previous
              + " came before it, but the last one received is "
              + last,
          "changes were lost or doubled inside the job: keep its logs, restart it from its last"
              + " checkpoint, and report this");
    }
    last = lsn;
  }
}
