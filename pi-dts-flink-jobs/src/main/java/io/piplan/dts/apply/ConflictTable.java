package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code pi_dts_conflict}. Stateless but for its name. */
final class ConflictTable {
  private static final int REASON = 10_000;
  private static final String COLUMNS =
      "id, sync, db, tab, target_table, row_key, kind, op, before_row, after_row, target_row,"
          + " reason, file, pos, event, row_no, version, found_ms, state";

  private static final String OF_OTHERS =
      " WHERE sync = ? AND db = ? AND tab = ? AND state = 'OPEN' AND kind = 'NOT_OWNER'";

  private final String table;

  ConflictTable(ControlTables tables) {
    this.table = tables.name(ControlTables.CONFLICT);
  }

  /** Records one; returns the id that the target gave it. */
  long add(Connection connection, Conflict conflict) throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (sync, db, tab, target_table, row_key, kind, op, before_row, after_row,"
            + " target_row, reason, file, pos, event, row_no, version, found_ms, state)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(sql, new String[] {"id"})) {
      statement.setString(1, conflict.sync());
      statement.setString(2, conflict.table().database());
      statement.setString(3, conflict.table().table());
      statement.setString(4, conflict.targetTable());
      statement.setString(5, conflict.key());
      statement.setString(6, conflict.kind().name());
      statement.setString(7, conflict.op().name());
      statement.setString(8, conflict.before());
      statement.setString(9, conflict.after());
      statement.setString(10, conflict.target());
      String reason = conflict.reason().replace("\0", "\\0");
      statement.setString(11, reason.substring(0, Math.min(reason.length(), REASON)));
      LockTable.place(statement, 12, conflict.lsn());
      statement.setString(16, conflict.version());
      statement.setLong(17, conflict.foundMillis());
      statement.setString(18, conflict.state().name());
      statement.executeUpdate();
      try (ResultSet keys = statement.getGeneratedKeys()) {
        keys.next();
        return keys.getLong(1);
      }
    }
  }

  /**
   * Those of a sync, oldest first.
   *
   * @param state null for all
   */
  List<Conflict> list(Connection connection, String sync, ConflictState state, int limit)
      throws SQLException {
    String sql =
        "SELECT "
            + COLUMNS
            + " FROM "
            + table
            + " WHERE sync = ?"
            + (state == null ? "" : " AND state = ?")
            + " ORDER BY id LIMIT "
            + limit;
    List<Conflict> conflicts = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      if (state != null) {
        statement.setString(2, state.name());
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          conflicts.add(read(row));
        }
      }
    }
    return conflicts;
  }

  /** Whether there is an open conflict of a table since another zone owns the row. */
  boolean anyOfOthers(Connection connection, String sync, TableId id) throws SQLException {
    String sql = "SELECT 1 FROM " + table + OF_OTHERS + " LIMIT 1";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      ofOthers(statement, sync, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private static void ofOthers(PreparedStatement statement, String sync, TableId id)
      throws SQLException {
    statement.setString(1, sync);
    statement.setString(2, id.database());
    statement.setString(3, id.table());
  }

  /** Keys and versions of rows with an open conflict since another zone owns them. */
  Set<List<String>> openOfOthers(Connection connection, String sync, TableId id, List<String> keys)
      throws SQLException {
    String sql =
        "SELECT row_key, version FROM "
            + table
            + OF_OTHERS
            + " AND row_key IN ("
            + String.join(", ", Collections.nCopies(keys.size(), "?"))
            + ")";
    Set<List<String>> open = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      ofOthers(statement, sync, id);
      for (int k = 0; k < keys.size(); k++) {
        statement.setString(4 + k, keys.get(k));
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          open.add(Arrays.asList(row.getString(1), row.getString(2)));
        }
      }
    }
    return open;
  }

  /** One of a sync. */
  Optional<Conflict> find(Connection connection, String sync, long id) throws SQLException {
    String sql = "SELECT " + COLUMNS + " FROM " + table + " WHERE sync = ? AND id = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setLong(2, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(read(row)) : Optional.empty();
      }
    }
  }

  private static Conflict read(ResultSet row) throws SQLException {
    return new Conflict(
        row.getLong(1),
        row.getString(2),
        new TableId(row.getString(3), row.getString(4)),
        row.getString(5),
        row.getString(6),
        ConflictKind.valueOf(row.getString(7)),
        Op.valueOf(row.getString(8)),
        row.getString(9),
        row.getString(10),
        row.getString(11),
        row.getString(12),
        new Lsn(row.getString(13), row.getLong(14), row.getLong(15), row.getLong(16)),
        row.getString(17),
        row.getLong(18),
        ConflictState.valueOf(row.getString(19)));
  }

  /**
   * Those of rows that another sync has locked, and that have not been refused since they were
   * unlocked there.
   */
  Set<Long> lockedElsewhere(Connection connection, String sync) throws SQLException {
    String sql =
        ("SELECT c.id FROM %s c WHERE c.sync = ? AND c.kind = 'LOCKED' AND c.state <> 'REPAIRED'"
                + " AND NOT EXISTS (SELECT 1 FROM %s r WHERE r.sync = c.sync AND r.db = c.db"
                + " AND r.tab = c.tab AND r.row_key = c.row_key AND r.kind = 'REFUSED'"
                + " AND r.state = 'OPEN')")
            .formatted(table, table);
    Set<Long> ids = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          ids.add(row.getLong(1));
        }
      }
    }
    return ids;
  }

  /**
   * Those of a sync's rows of one target table that another sync has locked too, and not only found
   * locked.
   */
  List<LockedRow> lockedByOthers(Connection connection, List<LockedRow> rows, LockTable locks)
      throws SQLException {
    if (rows.isEmpty()) {
      return List.of();
    }
    String sql =
        ("SELECT l.key_hash FROM %s l WHERE l.sync <> ? AND l.target_table = ?"
                + " AND NOT EXISTS (SELECT 1 FROM %s c WHERE c.id = l.conflict"
                + " AND c.kind = 'LOCKED')")
            .formatted(locks.name(), table);
    Map<String, LockedRow> asked = new HashMap<>();
    rows.forEach(row -> asked.put(row.keyHash(), row));
    Set<LockedRow> found = new LinkedHashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, rows.get(0).sync());
      statement.setString(2, rows.get(0).targetTable());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          LockedRow lock = asked.get(row.getString(1));
          if (lock != null) {
            found.add(lock);
          }
        }
      }
    }
    return List.copyOf(found);
  }

  long count(Connection connection, String sync, ConflictState state) throws SQLException {
    String sql = "SELECT COUNT(*) FROM " + table + " WHERE sync = ? AND state = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, state.name());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  /** Settles an open one; returns whether there was one. */
  boolean settle(Connection connection, String sync, long id, ConflictState state)
      throws SQLException {
    String sql =
        "UPDATE "
            + table
            + " SET state = ?, settled_ms = ? WHERE sync = ? AND id = ? AND state = 'OPEN'";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, state.name());
      statement.setLong(2, System.currentTimeMillis());
      statement.setString(3, sync);
      statement.setLong(4, id);
      return statement.executeUpdate() == 1;
    }
  }

  /** Settles all open ones that hold a row: that which locked it, and refusals since. */
  void settle(Connection connection, LockedRow row, ConflictState state) throws SQLException {
    String sql =
        "UPDATE "
            + table
            + " SET state = ?, settled_ms = ? WHERE sync = ? AND state = 'OPEN' AND (id = ?"
            + " OR (db = ? AND tab = ? AND row_key = ? AND kind <> 'NOT_OWNER'))";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, state.name());
      statement.setLong(2, System.currentTimeMillis());
      statement.setString(3, row.sync());
      statement.setLong(4, row.conflict());
      statement.setString(5, row.table().database());
      statement.setString(6, row.table().table());
      statement.setString(7, row.key());
      statement.executeUpdate();
    }
  }
}
