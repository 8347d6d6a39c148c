package io.piplan.dts.job;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.ddl.FollowedStatement;
import java.util.List;

/**
 * A sync at one moment, as the target's own tables and the Flink cluster tell it.
 *
 * @param state Flink's job state ({@code RUNNING}, {@code RESTARTING}, …), {@code STOPPED} if there
 *     is a savepoint but no job, or {@code UNKNOWN} if no cluster answers
 * @param copying whether there is a copy, as far as that can be told
 * @param tables those known of; the copy finds them soon after the start
 * @param changesApplied row changes applied since the sync began, restarts included
 * @param position how far every writer is, e.g. {@code binlog.000003:5120}; empty before the first
 * @param lagMillis how long ago the source was what the target is now, by commit times of the
 *     source, which have whole seconds on MariaDB; -1 if not known
 * @param heartbeatLagMillis the same as the last heartbeat showed, or longer if the next one is
 *     overdue; -1 if there are no heartbeats
 * @param deadLetters rows put aside
 * @param held what waits for somebody to look at it
 * @param paused whether the sources are paused
 * @param limits what holds the copy back
 * @param resting why the copy rests now, or empty
 * @param schemaChanges what became of the latest statements that changed tables of the source, the
 *     newest first; empty if changes of tables are not followed
 * @param failure last failure's message, or empty
 * @param atMillis when this was read, epoch milliseconds
 */
public record SyncStatus(
    String name,
    String state,
    Copying copying,
    List<TableProgress> tables,
    long changesApplied,
    String position,
    long lagMillis,
    long heartbeatLagMillis,
    long deadLetters,
    HeldRows held,
    boolean paused,
    CopyLimits limits,
    String resting,
    List<FollowedStatement> schemaChanges,
    String failure,
    long atMillis) {
  /** Whether a sync copies tables. */
  public enum Copying {
    /** Its target can't be asked, or it is a job of plain INSERTs. */
    UNKNOWN,
    /** It starts with the changes. */
    NONE,
    TABLES
  }

  public SyncStatus {
    tables = List.copyOf(tables);
    schemaChanges = List.copyOf(schemaChanges);
  }

  /** Whether all tables are known to be copied, or there is nothing to copy. */
  public boolean copyDone() {
    if (copying == Copying.NONE) {
      return tables.stream().allMatch(TableProgress::done);
    }
    // Changes may come before the copy has found any table.
    boolean begun = tables.stream().anyMatch(TableProgress::hasCopy);
    return begun && tables.stream().allMatch(TableProgress::done);
  }

  /** Whether there is a copy that is not known to be done. */
  public boolean copyOpen() {
    return copying == Copying.TABLES && !copyDone();
  }

  /** Row changes applied a second of late. */
  public long changesPerSecond() {
    return tables.stream().mapToLong(TableProgress::changesPerSecond).sum();
  }

  /** Rows copied a second of late. */
  public long copiedPerSecond() {
    return tables.stream().mapToLong(TableProgress::copiedPerSecond).sum();
  }

  /** Seconds until the copy is done at the present speed; -1 if that can't be told. */
  public long etaSeconds() {
    long rows = tables.stream().mapToLong(TableProgress::remainingRows).sum();
    return TableProgress.eta(rows, copiedPerSecond(), copyDone());
  }

  /** How much of the copy is done, 0 to 100; big tables weigh more. */
  public double percent() {
    if (copyDone()) {
      return 100;
    }
    double rows = 0;
    double done = 0;
    for (TableProgress table : tables) {
      double weight = Math.max(1, Math.max(table.estimatedRows(), table.copiedRows()));
      rows += weight;
      done += weight * table.percent() / 100;
    }
    return rows == 0 ? 0 : Math.min(99.9, 100 * done / rows);
  }
}
