package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Conflicts, locked rows and what is kept aside, for everybody but the writers. May be used while
 * the sync runs.
 *
 * <p>A row's lock is in the hands of the one writer whose lane the row is in: others only ask. So
 * nothing here races with a change that is being applied. To mend a row:
 *
 * <ol>
 *   <li>have it locked: it is already, or {@link #ask} and wait until its state is {@code HELD};
 *       from then on nothing of the sync touches it;
 *   <li>bring it to the state of the owner at a place S of the source's binlog, if it {@link
 *       #holds} still in that transaction: somebody else may have released it;
 *   <li>{@link #release} it up to S, in the same transaction. As soon as the writer has come to S
 *       it drops what was kept aside up to S, applies the rest in order, and forgets the lock.
 * </ol>
 *
 * Releasing up to {@link Lsn#START} just applies all that was kept aside: the source wins. While
 * the sync does not run nothing is {@code HELD} anew and nothing drained; both happen when it runs
 * again, before its first change.
 */
public final class RowLocks {
  /** So that a writer does not wait long for one that it is to drain. */
  private static final int RELEASED_AT_ONCE = 200;

  private final DatabaseServer target;
  private final ControlTables tables;
  private final ConflictTable conflicts;
  private final LockTable locks;
  private final AsideTable aside;

  /**
   * @param schema where the {@code pi_dts_*} tables are
   */
  public RowLocks(DatabaseServer target, String schema) {
    Dialect dialect = target instanceof PostgresServer ? new PostgresDialect() : new MySqlDialect();
    this.target = target;
    this.tables = new ControlTables(target instanceof PostgresServer, schema, dialect::quote);
    this.conflicts = new ConflictTable(tables);
    this.locks = new LockTable(tables, dialect);
    this.aside = new AsideTable(tables);
  }

  private interface Work<T> {
    T run(Connection on) throws SQLException;
  }

  private <T> T run(String doing, Work<T> work) {
    try (Connection connection = target.connect(Side.TARGET)) {
      connection.setAutoCommit(false);
      T result = work.run(connection);
      connection.commit();
      return result;
    } catch (SQLException e) {
      throw SqlErrors.translate(e, doing);
    }
  }

  /** A sync that has written nothing yet, or was begun by an older release, has no such table. */
  private <T> T read(String table, T otherwise, Work<T> work) {
    return run("reading " + table, on -> tables.exists(on, table) ? work.run(on) : otherwise);
  }

  /** The oldest {@code limit} conflicts of a sync that are not settled. */
  public List<Conflict> openConflicts(String sync, int limit) {
    return read(
        ControlTables.CONFLICT,
        List.of(),
        on -> conflicts.list(on, sync, ConflictState.OPEN, limit));
  }

  /** The oldest {@code limit} conflicts of a sync, settled ones too. */
  public List<Conflict> conflicts(String sync, int limit) {
    return read(ControlTables.CONFLICT, List.of(), on -> conflicts.list(on, sync, null, limit));
  }

  /** A conflict by its number. */
  public Optional<Conflict> conflict(String sync, long id) {
    return read(ControlTables.CONFLICT, Optional.empty(), on -> conflicts.find(on, sync, id));
  }

  public long countOpenConflicts(String sync) {
    return read(ControlTables.CONFLICT, 0L, on -> conflicts.count(on, sync, ConflictState.OPEN));
  }

  /** Says of an open conflict that nothing is to be done; its row's lock is another matter. */
  public boolean dismiss(String sync, long conflict) {
    return run(
        "settling a conflict", on -> conflicts.settle(on, sync, conflict, ConflictState.DISMISSED));
  }

  /** All locked rows of a sync, the longest locked first. */
  public List<LockedRow> locks(String sync) {
    return read(ControlTables.LOCK, List.of(), on -> locks.list(on, sync));
  }

  /** The same, to look many rows up in. */
  public Map<LockedRow.Id, LockedRow> byRow(String sync) {
    Map<LockedRow.Id, LockedRow> found = new HashMap<>();
    locks(sync).forEach(lock -> found.put(lock.id(), lock));
    return found;
  }

  /** The lock of one row, if it is locked. {@code row} needs to hold the key only. */
  public Optional<LockedRow> lock(String sync, TableSchema source, Row row) {
    String hash = RowIdentity.lock(source, row);
    return read(
        ControlTables.LOCK, Optional.empty(), on -> locks.find(on, sync, source.id(), hash));
  }

  /** The same on a connection of the caller's. */
  public Optional<LockedRow> lock(Connection on, String sync, TableSchema source, Row row)
      throws SQLException {
    return locks.find(on, sync, source.id(), RowIdentity.lock(source, row));
  }

  /** What is kept aside for one row, in the order in which it came. */
  public List<AsideChange> aside(LockedRow lock) {
    return read(ControlTables.ASIDE, List.of(), on -> aside.of(on, lock));
  }

  /** All that is kept aside for a sync, in the order in which it came. */
  public List<AsideChange> aside(String sync) {
    return read(ControlTables.ASIDE, List.of(), on -> aside.of(on, sync));
  }

  public long countAside(String sync) {
    return read(ControlTables.ASIDE, 0L, on -> aside.count(on, sync));
  }

  /** How many changes are kept aside for each row that has any. */
  public Map<LockedRow.Id, Long> countAsideByRow(String sync) {
    return read(ControlTables.ASIDE, Map.of(), on -> aside.counts(on, sync));
  }

  /**
   * Asks for a lock on a row that may have one. Its writer holds it from its next transaction on,
   * or within a second or two when nothing comes.
   *
   * @param lane the lane of the row, as the sync's own {@link io.piplan.dts.LaneAssigner} says
   * @return the lock as it is now
   */
  public LockedRow ask(String sync, TableSchema source, Row row, String targetTable, int lane) {
    String hash = RowIdentity.lock(source, row);
    TableId id = source.id();
    LockedRow asked =
        new LockedRow(
            sync,
            id,
            hash,
            RowJson.key(source, row),
            targetTable,
            lane,
            0,
            LockedRow.State.ASKED,
            Lsn.START,
            System.currentTimeMillis());
    return run(
        "asking for a lock",
        on -> {
          if (locks.add(on, asked)) {
            locks.touch(on, sync);
          }
          return locks.find(on, sync, id, hash).orElse(asked);
        });
  }

  /**
   * Whether a row's lock is held, so that its writer leaves the row alone, which then stays so
   * until the caller's transaction ends. The caller has locked the row: its writer locks it before
   * its lock too.
   */
  public boolean holds(Connection on, LockedRow lock) throws SQLException {
    return locks.hold(on, lock).filter(now -> now.state() == LockedRow.State.HELD).isPresent();
  }

  /** Releases a row in a transaction of its own. */
  public void release(LockedRow lock, Lsn upTo) {
    release(List.of(lock), upTo);
  }

  /** Releases rows, some at a time. */
  public void release(List<LockedRow> rows, Lsn upTo) {
    for (int from = 0; from < rows.size(); from += RELEASED_AT_ONCE) {
      List<LockedRow> part = rows.subList(from, Math.min(from + RELEASED_AT_ONCE, rows.size()));
      run(
          "releasing locks",
          on -> {
            for (LockedRow lock : part) {
              setReleased(on, lock, upTo);
            }
            locks.touch(on, part.get(0).sync());
            return null;
          });
    }
  }

  /**
   * Releases a row in the caller's transaction, in which the row was mended. The conflict that
   * locked it counts as repaired when the writer has drained it.
   *
   * @param upTo the place of the source up to which the target's row has everything; {@link
   *     Lsn#START} if it has nothing of what was kept aside
   */
  public void release(Connection on, LockedRow lock, Lsn upTo) throws SQLException {
    if (setReleased(on, lock, upTo)) {
      locks.touch(on, lock.sync());
    }
  }

  /**
   * Leaves of what was kept aside for the rows of a sync that does not run nothing to be applied up
   * to a place, in the caller's transaction: changes behind it were missed, and the tables are made
   * anew. The rows stay locked.
   */
  public void dropAsideUpTo(Connection on, String sync, Lsn place) throws SQLException {
    locks.raise(on, sync, place);
  }

  /** Returns whether it is locked. */
  private boolean setReleased(Connection on, LockedRow lock, Lsn upTo) throws SQLException {
    Optional<LockedRow> now = locks.find(on, lock.sync(), lock.table(), lock.keyHash());
    return now.isPresent()
        && locks.setState(on, lock, LockedRow.State.RELEASED, Lsn.max(upTo, now.get().upTo()));
  }
}
