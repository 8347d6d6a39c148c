package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table whose writers wait, and that nobody rewrites while work is done on it: who rewrites
 * tables is waited for, and waits.
 */
final class QuietTable {
  private static final Logger LOG = LoggerFactory.getLogger(QuietTable.class);
  private static final long WAIT_MILLIS = 500;
  private static final long TELL_NANOS = 30_000_000_000L;

  /** What is done meanwhile. */
  interface Work<T> {
    /**
     * @param found empty if there is no such table
     */
    T run(Optional<FoundTable> found, TableLease lease);
  }

  private final HiveAccess access;
  private final StateFiles files;
  private final TableFolder marks;
  private final TableId id;
  private final Duration silence;

  /**
   * @param silence see {@link TableLease}
   */
  QuietTable(HiveAccess access, StateFiles files, TableFolder marks, TableId id, Duration silence) {
    this.silence = silence;
    this.access = access;
    this.files = files;
    this.marks = marks;
    this.id = id;
  }

  <T> T run(Work<T> work) throws InterruptedException {
    long began = System.nanoTime();
    long tellAfter = 0;
    while (true) {
      try (TableLease lease = TableLease.of(files, marks.leases(), silence)) {
        if (lease.isHeld()) {
          return work.run(Publication.find(access.metastore(), id), lease);
        }
      }
      // Somebody rewrites it, which ends.
      if (System.nanoTime() - began >= tellAfter) {
        tellAfter = System.nanoTime() - began + TELL_NANOS;
        LOG.info(
            "waiting until {} is no longer rewritten (by a compaction, a merge or a change of the"
                + " table): for as long as that run shows signs of life, and at most {} s without"
                + " one",
            id,
            silence.toSeconds());
      }
      Thread.sleep(WAIT_MILLIS);
    }
  }
}
