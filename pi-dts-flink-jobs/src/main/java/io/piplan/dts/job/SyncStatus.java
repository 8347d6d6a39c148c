package io.piplan.dts.job;

import java.util.List;

/**
 * A sync at one moment, as the target's own tables and the Flink cluster tell it. Rates are for the
 * reader to compute from two of these.
 *
 * @param state Flink's job state ({@code RUNNING}, {@code RESTARTING}, …), {@code STOPPED} if there
 *     is a savepoint but no job, or {@code UNKNOWN} if no cluster answers
 * @param changesApplied row changes applied since the sync began, restarts included
 * @param position how far every writer is, e.g. {@code binlog.000003:5120}; empty before the first
 * @param lagMillis now minus the source time of the last change applied while changes flow; 0 when
 *     the target has all
 * @param deadLetters rows put aside
 * @param paused whether the sources are paused
 * @param copyRowsPerSecond limit of the copy, 0 for none
 * @param failure last failure's message, or empty
 * @param atMillis when this was read, epoch milliseconds
 */
public record SyncStatus(
    String name,
    String state,
    List<TableProgress> tables,
    long changesApplied,
    String position,
    long lagMillis,
    long deadLetters,
    boolean paused,
    long copyRowsPerSecond,
    String failure,
    long atMillis) {
  public SyncStatus {
    tables = List.copyOf(tables);
  }

  public boolean copyDone() {
    return tables.stream().allMatch(TableProgress::done);
  }
}
