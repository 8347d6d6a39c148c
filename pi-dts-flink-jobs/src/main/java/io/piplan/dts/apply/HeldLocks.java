package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The locked rows of a sync as one writer knows them: as its transaction left them. Looks once a
 * transaction whether others changed something. Used by one thread.
 */
final class HeldLocks {
  /** Above it the target is another database, and not a few rows of it differ. */
  private static final int MOST = 100_000;

  private final LockTable table;
  private final Map<TableId, Map<String, LockedRow>> locks = new HashMap<>();
  private final List<LockedRow> unmarked = new ArrayList<>();

  /** The tables of which this writer's locks are known to be those of rows that it is sent. */
  private final Set<TableId> placed = new HashSet<>();

  private ProgressTable.Owner owner;
  private String generation;
  private boolean fresh;
  private int count;

  HeldLocks(LockTable table) {
    this.table = table;
  }

  /** Begins to hold the locks of a writer's lanes. */
  void become(ProgressTable.Owner newOwner) {
    owner = newOwner;
    generation = null;
    fresh = false;
  }

  /** To be called where a transaction ended, undone or not. */
  void ended(boolean undone) {
    fresh = false;
    if (undone) {
      generation = null;
    }
  }

  /** Forgets what is known: a part of the transaction was undone. */
  void undone() {
    ended(true);
  }

  /**
   * Reads what others changed, once a transaction, and takes the locks that they ask for.
   *
   * @return whether anything was read anew
   */
  boolean refresh(Connection connection) throws SQLException {
    if (fresh || owner == null) {
      return false;
    }
    String now = table.generation(connection, owner.sync());
    boolean anew = !now.equals(generation);
    if (anew) {
      locks.clear();
      unmarked.clear();
      placed.clear();
      count = 0;
      for (LockedRow lock : table.list(connection, owner.sync())) {
        if (lock.state() == LockedRow.State.ASKED && isMine(lock)) {
          table.setState(connection, lock, LockedRow.State.HELD, Lsn.START);
          remember(lock.in(LockedRow.State.HELD));
          unmarked.add(lock);
        } else {
          remember(lock);
        }
      }
      generation = now;
    }
    fresh = true;
    return anew;
  }

  /** Whether others changed something since the locks were read, or a released one is due. */
  boolean wantsAttention(Connection connection, Lsn position) throws SQLException {
    return owner != null
        && (!table.generation(connection, owner.sync()).equals(generation)
            || !unmarked.isEmpty()
            || !unplaced().isEmpty()
            || !due(position).isEmpty());
  }

  /** The tables of this writer's locks that may go by other lanes now. */
  List<TableId> unplaced() {
    List<TableId> unplaced = new ArrayList<>();
    locks.forEach(
        (id, ofTable) -> {
          if (!placed.contains(id) && ofTable.values().stream().anyMatch(this::isMine)) {
            unplaced.add(id);
          }
        });
    return unplaced;
  }

  /** Leaves a table's locks where they are. */
  void placed(TableId id) {
    placed.add(id);
  }

  /**
   * Hands this writer's locks over whose rows are sent to another one now. That one holds them
   * meanwhile: it has read them too. Only who has a lock may give it away, so that no change is
   * kept aside by the one while the other unlocks the row.
   *
   * @param lanes null if they are not known
   */
  void place(Connection connection, TableSchema schema, RowLanes lanes) throws SQLException {
    placed(schema.id());
    Map<String, LockedRow> ofTable = locks.get(schema.id());
    if (lanes == null || ofTable == null) {
      return;
    }
    boolean moved = false;
    for (LockedRow lock : List.copyOf(ofTable.values())) {
      // The key of a column that has another name since says nothing of its lane.
      boolean known = RowJson.columns(schema, lock.key()).containsAll(schema.key());
      int lane = known && isMine(lock) ? lanes.lane(RowJson.read(schema, lock.key())) : lock.lane();
      if (lane != lock.lane()) {
        table.setLane(connection, lock, lane);
        remember(lock.on(lane));
        moved = true;
      }
    }
    if (moved) {
      table.touch(connection, owner);
    }
  }

  private boolean isMine(LockedRow lock) {
    return lock.lane() >= owner.first() && lock.lane() < owner.end();
  }

  void remember(LockedRow lock) {
    if (locks.computeIfAbsent(lock.table(), id -> new HashMap<>()).put(lock.keyHash(), lock)
        == null) {
      count++;
    }
  }

  boolean isEmpty() {
    return locks.isEmpty();
  }

  /** This writer's locks that conflicts hold. */
  List<LockedRow> heldBy(Set<Long> conflicts) {
    List<LockedRow> held = new ArrayList<>();
    for (Map<String, LockedRow> ofTable :
        conflicts.isEmpty() ? List.<Map<String, LockedRow>>of() : locks.values()) {
      for (LockedRow lock : ofTable.values()) {
        if (lock.state() == LockedRow.State.HELD
            && isMine(lock)
            && conflicts.contains(lock.conflict())) {
          held.add(lock);
        }
      }
    }
    return held;
  }

  /** Releases a row of this writer, up to the start. */
  void release(Connection connection, LockedRow lock) throws SQLException {
    table.setState(connection, lock, LockedRow.State.RELEASED, lock.upTo());
    remember(lock.in(LockedRow.State.RELEASED));
  }

  boolean any(TableId source) {
    return locks.containsKey(source);
  }

  boolean has(GuardedTable guarded, Row row) {
    Map<String, LockedRow> ofTable = locks.get(guarded.mapping().source().id());
    return ofTable != null
        && ofTable.containsKey(RowIdentity.lock(guarded.mapping().source(), row));
  }

  /** Locks a row; returns whether it was not locked. */
  boolean hold(Connection connection, LockedRow lock) throws SQLException {
    boolean added = table.add(connection, lock);
    if (!any(lock.table())) {
      // It is in the lane of the change that was sent here.
      placed(lock.table());
    }
    remember(lock);
    if (count > MOST) {
      throw new DtsException(
          DtsError.TARGET_DIVERGED,
          "more than "
              + MOST
              + " rows of sync "
              + lock.sync()
              + " are locked since the target differs from what the source had",
          "see 'bin/pi sync conflicts'; if the target is not a copy of the source, copy it anew,"
              + " or set 'verify.before-image' = 'off'");
    }
    return added;
  }

  /** Holds a released row again; what it has already stays known. */
  void holdAgain(Connection connection, LockedRow lock) throws SQLException {
    table.setState(connection, lock, LockedRow.State.HELD, lock.upTo());
    remember(lock.in(LockedRow.State.HELD));
  }

  /** The released locks of this writer's lanes that it has come far enough for. */
  List<LockedRow> due(Lsn position) {
    List<LockedRow> due = new ArrayList<>();
    for (Map<String, LockedRow> ofTable : locks.values()) {
      for (LockedRow lock : ofTable.values()) {
        if (lock.state() == LockedRow.State.RELEASED
            && isMine(lock)
            && lock.upTo().isAtOrBefore(position)) {
          due.add(lock);
        }
      }
    }
    return due;
  }

  /** Rows locked since others asked for it, which have no lock bit yet. */
  List<LockedRow> unmarked() {
    return unmarked;
  }

  /** Applies again to the row; its lock stays in the table. */
  void forget(LockedRow lock) {
    Map<String, LockedRow> ofTable = locks.get(lock.table());
    if (ofTable != null && ofTable.remove(lock.keyHash()) != null) {
      count--;
      if (ofTable.isEmpty()) {
        locks.remove(lock.table());
      }
    }
  }
}
