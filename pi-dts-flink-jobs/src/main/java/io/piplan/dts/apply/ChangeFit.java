package io.piplan.dts.apply;

import io.piplan.dts.Row;
import java.sql.Connection;
import java.sql.SQLException;

/** How the target's row is to a change that it once refused. */
enum ChangeFit {
  /** As the row was before the change, which can be applied. */
  BEFORE,
  /** As the change leaves it, or gone if it takes it away. */
  AFTER,
  /** Of a newer version. */
  NEWER,
  /** Not there, though the change neither made nor deletes it. */
  MISSING,
  /** Somebody has locked it. */
  LOCKED,
  /** Another one than the change tells of. */
  OTHER;

  /**
   * Locks the row, until the transaction ends.
   *
   * @param before what the change found, not null
   * @param after null for a delete
   */
  static ChangeFit of(
      Connection connection, Dialect dialect, GuardedTable table, Row before, Row after)
      throws SQLException {
    TargetRows rows = new TargetRows(dialect, table, true);
    RowMatch match = table.match();
    Row found = rows.lock(connection, before);
    boolean versioned = found != null && table.hasVersion();
    if (versioned && table.version().isLocked(table.version().of(found))) {
      return LOCKED;
    }
    if (found != null && match.same(before, found)) {
      return BEFORE;
    }
    if (isThere(rows, connection, table, found, before, after)) {
      return AFTER;
    }
    if (found == null) {
      return MISSING;
    }
    Row last = after == null ? before : after;
    boolean newer =
        versioned
            && table.version().age(table.version().of(last), table.version().of(found))
                == Age.OLDER;
    return newer ? NEWER : OTHER;
  }

  private static boolean isThere(
      TargetRows rows, Connection connection, GuardedTable table, Row found, Row before, Row after)
      throws SQLException {
    if (after == null) {
      return found == null;
    }
    Row there = table.table().sql().sameKey(before, after) ? found : rows.lock(connection, after);
    return there != null
        && table.match().same(after, there)
        && (found == null || table.match().same(after, found));
  }

  /** Whether nothing is left to do. */
  boolean settles() {
    return this == AFTER || this == NEWER;
  }

  /** Why the change cannot be applied now. */
  String reason() {
    return this == LOCKED
        ? "tried again: the target's row is locked"
        : "tried again: the target's row is neither what it was before the change nor what the"
            + " change makes of it (bin/pi repair brings it from the source)";
  }
}
