package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.LockedRow;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.copy.SnapshotSession;
import io.piplan.dts.resync.KeyLookup;
import io.piplan.dts.verify.DatabaseRef;
import io.piplan.dts.verify.RowCheck;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Mends locked rows of one table. While a row's lock is held the sync leaves it alone, so it can be
 * written here: as the source has it at an exact place S of its binlog, in one transaction with the
 * release of the lock up to S. The row's writer drops what was kept aside up to S and applies the
 * rest.
 */
final class LockedRows {
  private static final Duration DRAINED = Duration.ofSeconds(60);
  private static final long POLL_MILLIS = 200;

  private final SyncPlan plan;
  private final CopiedTable table;
  private final String targetTable;
  private final RowLocks locks;

  /**
   * @param table with the test for rows that are meant for the target
   */
  LockedRows(SyncPlan plan, CopiedTable table, String targetTable) {
    this.plan = plan;
    this.table = table;
    this.targetTable = targetTable;
    this.locks = new RowLocks(plan.target(), plan.targetSchema());
  }

  /** Mends and releases those that are held; returns how many. */
  int mend(List<LockedRow> locked) {
    TableSchema schema = table.schema();
    int mended = 0;
    try (RowCheck check =
            new RowCheck(
                new DatabaseRef(plan.source(), schema.id().database()),
                new DatabaseRef(plan.target(), plan.targetSchema()),
                schema,
                targetTable,
                Optional.empty(),
                true);
        SnapshotSession snapshot = new SnapshotSession(plan.source(), Duration.ZERO)) {
      for (LockedRow lock : locked) {
        if (lock.state() != LockedRow.State.HELD) {
          continue;
        }
        Row key = RowJson.read(schema, lock.key());
        snapshot.open(schema.id());
        Lsn place = snapshot.boundary();
        KeyLookup found = KeyLookup.of(snapshot.connection(), table, List.of(key), true);
        Optional<Row> source = found.exactly(key).or(() -> found.alike(key));
        snapshot.read();
        check.mend(source.orElse(key), source, on -> locks.release(on, lock, place));
        mended++;
      }
      return mended;
    } catch (SQLException e) {
      throw CopyFailure.of(schema.id(), "reading", e);
    }
  }

  /**
   * Waits until the sync has applied what was kept aside for these rows and forgotten the locks.
   */
  void awaitDrained(List<LockedRow> locked) {
    long deadline = System.nanoTime() + DRAINED.toNanos();
    while (locked.stream().anyMatch(this::isThere)) {
      if (System.nanoTime() > deadline) {
        throw new DtsException(
            DtsError.TARGET_FAILED,
            "rows of "
                + table.schema().id()
                + " are mended and released, but sync "
                + plan.name()
                + " has not applied yet what was kept aside for them",
            "see that it runs: bin/pi sync status " + plan.name() + "; it then does so by itself");
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DtsException(
            DtsError.INTERNAL, "interrupted while waiting for a repair", "it goes on by itself", e);
      }
    }
  }

  private boolean isThere(LockedRow lock) {
    Row key = RowJson.read(table.schema(), lock.key());
    return locks
        .lock(plan.name(), table.schema(), key)
        .filter(now -> now.state() == LockedRow.State.RELEASED)
        .isPresent();
  }
}
