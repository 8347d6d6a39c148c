package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;

/**
 * A row of {@code pi_dts_lock}: no change of the sync is applied to this row of the target; changes
 * are kept aside.
 *
 * @param table the source table
 * @param keyHash what finds the row, see {@link RowIdentity}
 * @param key its key as JSON
 * @param lane the lane in which the row's changes travel
 * @param conflict id of the conflict that locked it, 0 if somebody asked for the lock
 * @param upTo for a released row: what was kept aside up to here is in the row already
 */
public record LockedRow(
    String sync,
    TableId table,
    String keyHash,
    String key,
    String targetTable,
    int lane,
    long conflict,
    State state,
    Lsn upTo,
    long sinceMillis) {
  /** How far a lock has come. Only the writer of the row's lane knows of a change in flight. */
  public enum State {
    /** Somebody wants the row locked; its writer does not know yet. */
    ASKED,
    /** Its writer applies nothing to the row. */
    HELD,
    /**
     * The writer is to apply what was kept aside and to forget the lock, as soon as it has come to
     * {@code upTo}.
     */
    RELEASED
  }

  /** What tells the locked rows of one sync from each other. */
  public record Id(TableId table, String keyHash) {}

  public Id id() {
    return new Id(table, keyHash);
  }

  LockedRow on(int newLane) {
    return new LockedRow(
        sync, table, keyHash, key, targetTable, newLane, conflict, state, upTo, sinceMillis);
  }

  LockedRow in(State newState) {
    return new LockedRow(
        sync, table, keyHash, key, targetTable, lane, conflict, newState, upTo, sinceMillis);
  }
}
