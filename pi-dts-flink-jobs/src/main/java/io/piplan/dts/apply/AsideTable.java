package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code pi_dts_aside}. Stateless but for its name. */
final class AsideTable {
  private static final String SELECT =
      "SELECT id, sync, db, tab, key_hash, row_key, lane, op, before_row, after_row, file, pos,"
          + " event, row_no, source_ms FROM %s WHERE sync = ?%s ORDER BY id";

  private final String table;

  AsideTable(ControlTables tables) {
    this.table = tables.name(ControlTables.ASIDE);
  }

  /** Puts a change behind those of its row that are there. */
  void add(Connection connection, String sync, TableSchema schema, ChangeEvent change)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (sync, db, tab, key_hash, row_key, lane, op, before_row, after_row, file, pos,"
            + " event, row_no, source_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, change.table().database());
      statement.setString(3, change.table().table());
      statement.setString(4, RowIdentity.lock(schema, change.keyRow()));
      statement.setString(5, RowJson.key(schema, change.keyRow()));
      statement.setInt(6, change.lane());
      statement.setString(7, change.op().name());
      statement.setString(8, RowJson.write(schema, change.before()));
      statement.setString(9, RowJson.write(schema, change.after()));
      LockTable.place(statement, 10, change.lsn());
      statement.setLong(14, change.sourceMillis());
      statement.executeUpdate();
    }
  }

  /** What is kept for one row, in order. */
  List<AsideChange> of(Connection connection, LockedRow lock) throws SQLException {
    return of(connection, lock, -1, Integer.MAX_VALUE);
  }

  /** The first of what is kept for one row after a sequence number, in order. */
  List<AsideChange> of(Connection connection, LockedRow lock, long after, int limit)
      throws SQLException {
    String condition = " AND db = ? AND tab = ? AND key_hash = ? AND id > ?";
    String sql = SELECT.formatted(table, condition) + " LIMIT " + limit;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, lock.sync());
      statement.setString(2, lock.table().database());
      statement.setString(3, lock.table().table());
      statement.setString(4, lock.keyHash());
      statement.setLong(5, after);
      return read(statement);
    }
  }

  /** All that is kept for a sync, in order. */
  List<AsideChange> of(Connection connection, String sync) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SELECT.formatted(table, ""))) {
      statement.setString(1, sync);
      return read(statement);
    }
  }

  private static List<AsideChange> read(PreparedStatement statement) throws SQLException {
    List<AsideChange> changes = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        changes.add(read(row));
      }
    }
    return changes;
  }

  private static AsideChange read(ResultSet row) throws SQLException {
    return new AsideChange(
        row.getLong(1),
        row.getString(2),
        new TableId(row.getString(3), row.getString(4)),
        row.getString(5),
        row.getString(6),
        row.getInt(7),
        Op.valueOf(row.getString(8)),
        row.getString(9),
        row.getString(10),
        new Lsn(row.getString(11), row.getLong(12), row.getLong(13), row.getLong(14)),
        row.getLong(15));
  }

  long count(Connection connection, String sync) throws SQLException {
    String sql = "SELECT COUNT(*) FROM " + table + " WHERE sync = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  /** How many changes are kept for each row that has any. */
  Map<LockedRow.Id, Long> counts(Connection connection, String sync) throws SQLException {
    String sql =
        "SELECT db, tab, key_hash, COUNT(*) FROM "
            + table
            + " WHERE sync = ? GROUP BY db, tab, key_hash";
    Map<LockedRow.Id, Long> counts = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          TableId source = new TableId(row.getString(1), row.getString(2));
          counts.put(new LockedRow.Id(source, row.getString(3)), row.getLong(4));
        }
      }
    }
    return counts;
  }

  /** Forgets what is kept for one row. */
  void remove(Connection connection, LockedRow lock) throws SQLException {
    String sql = "DELETE FROM " + table + " WHERE sync = ? AND db = ? AND tab = ? AND key_hash = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, lock.sync());
      statement.setString(2, lock.table().database());
      statement.setString(3, lock.table().table());
      statement.setString(4, lock.keyHash());
      statement.executeUpdate();
    }
  }
}
