package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Set;

/**
 * Applies what was kept aside for released rows, in its order, and unlocks them: all in the
 * writer's transaction. Where the target refuses a change all of that is undone; a row that was
 * settled by itself stays locked as it was then, and a conflict says why.
 */
final class LockSettling {
  /** Applies changes without looking at locks or before images. */
  interface Applies {
    void apply(List<ChangeEvent> changes) throws SQLException;
  }

  /**
   * @param ok whether the rows are unlocked
   * @param changes how many had been kept aside
   */
  record Settled(boolean ok, long changes) {}

  private static final int BATCH = 1_000;

  private final Connection on;
  private final String sync;
  private final LockTable lockTable;
  private final HeldLocks locks;
  private final ConflictRecorder recorder;
  private final Applies applies;

  LockSettling(
      Connection on,
      String sync,
      LockTable lockTable,
      HeldLocks locks,
      ConflictRecorder recorder,
      Applies applies) {
    this.on = on;
    this.sync = sync;
    this.lockTable = lockTable;
    this.locks = locks;
    this.recorder = recorder;
    this.applies = applies;
  }

  /**
   * Settles released rows of one table: together, since changes of one may need another's. If
   * several are refused so, nothing has happened, and each is to be settled by itself.
   */
  Settled settle(GuardedTable table, List<LockedRow> released) throws SQLException {
    Savepoint before = on.setSavepoint();
    released.forEach(locks::forget);
    AsideQueue kept = new AsideQueue(on, recorder.aside(), released);
    ChangeEvent first = kept.peek(table.mapping().source());
    try {
      List<ChangeEvent> batch = kept.next(table.mapping().source(), BATCH);
      while (!batch.isEmpty()) {
        applies.apply(batch);
        batch = kept.next(table.mapping().source(), BATCH);
      }
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW) {
        throw e;
      }
      on.rollback(before);
      if (released.size() == 1) {
        holdAgain(table, released.get(0), first, e);
      } else {
        released.forEach(locks::remember);
      }
      return new Settled(false, 0);
    }
    Set<LockedRow> theirs = recorder.lockedByOthers(on, table, released, lockTable);
    for (LockedRow lock : released) {
      unlock(table, lock, theirs.contains(lock));
    }
    on.releaseSavepoint(before);
    return new Settled(true, kept.taken());
  }

  private void holdAgain(
      GuardedTable table, LockedRow released, ChangeEvent first, DtsException refusal)
      throws SQLException {
    // Whoever locked it too may have unlocked it.
    recorder.setLockBit(on, table, RowJson.read(table.mapping().source(), released.key()), true);
    recorder.record(
        on,
        sync,
        table,
        first,
        ConflictKind.REFUSED,
        "what was kept aside could not be applied, so that the row stays locked: "
            + refusal.getMessage());
    // Last, as a repair does: the row is locked before its lock.
    locks.holdAgain(on, released);
  }

  private void unlock(GuardedTable table, LockedRow lock, boolean locksToo) throws SQLException {
    Row key = RowJson.read(table.mapping().source(), lock.key());
    // What was applied has taken the bit away, or it is there still.
    recorder.setLockBit(on, table, key, locksToo);
    recorder.aside().remove(on, lock);
    lockTable.remove(on, lock);
    recorder.conflicts().settle(on, lock, ConflictState.REPAIRED);
  }
}
