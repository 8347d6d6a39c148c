package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code pi_dts_lock}, and the row of {@code pi_dts_control} that tells writers when others changed
 * something in it. Stateless but for its name.
 */
final class LockTable {
  /**
   * The control row whose value is another one after each change by others than the writers. Each
   * writer that hands locks over has one of its own, with its first lane: several need not wait for
   * each other then.
   */
  private static final String GENERATION = "#locks";

  private static final String COLUMNS =
      "sync, db, tab, key_hash, row_key, target_table, lane, conflict, state, file, pos, event,"
          + " row_no, since_ms";

  private final String table;
  private final String control;
  private final Dialect dialect;

  LockTable(ControlTables tables, Dialect dialect) {
    this.table = tables.name(ControlTables.LOCK);
    this.control = tables.name(ControlTables.CONTROL);
    this.dialect = dialect;
  }

  String name() {
    return table;
  }

  /** Adds a lock where the row has none; returns whether it had none. */
  boolean add(Connection connection, LockedRow lock) throws SQLException {
    String sql =
        dialect.insertIfMissing(
            table,
            "(" + COLUMNS + ")",
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "(sync, db, tab, key_hash)");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      name(statement, 1, lock);
      statement.setString(5, lock.key());
      statement.setString(6, lock.targetTable());
      statement.setInt(7, lock.lane());
      statement.setLong(8, lock.conflict());
      statement.setString(9, lock.state().name());
      place(statement, 10, lock.upTo());
      statement.setLong(14, lock.sinceMillis());
      return statement.executeUpdate() == 1;
    }
  }

  List<LockedRow> list(Connection connection, String sync) throws SQLException {
    String sql = "SELECT " + COLUMNS + " FROM " + table + " WHERE sync = ? ORDER BY since_ms";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      return read(statement);
    }
  }

  Optional<LockedRow> find(Connection connection, String sync, TableId source, String keyHash)
      throws SQLException {
    return find(connection, sync, source, keyHash, "");
  }

  /** The same, and nobody changes it until the transaction ends. */
  Optional<LockedRow> hold(Connection connection, LockedRow lock) throws SQLException {
    return find(connection, lock.sync(), lock.table(), lock.keyHash(), " FOR UPDATE");
  }

  private Optional<LockedRow> find(
      Connection connection, String sync, TableId source, String keyHash, String how)
      throws SQLException {
    String sql =
        "SELECT "
            + COLUMNS
            + " FROM "
            + table
            + " WHERE sync = ? AND db = ? AND tab = ? AND key_hash = ?"
            + how;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, source.database());
      statement.setString(3, source.table());
      statement.setString(4, keyHash);
      return read(statement).stream().findFirst();
    }
  }

  private static List<LockedRow> read(PreparedStatement statement) throws SQLException {
    List<LockedRow> locks = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        locks.add(
            new LockedRow(
                row.getString(1),
                new TableId(row.getString(2), row.getString(3)),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getInt(7),
                row.getLong(8),
                LockedRow.State.valueOf(row.getString(9)),
                new Lsn(row.getString(10), row.getLong(11), row.getLong(12), row.getLong(13)),
                row.getLong(14)));
      }
    }
    return locks;
  }

  /** Returns whether there was such a lock. */
  boolean setState(Connection connection, LockedRow lock, LockedRow.State state, Lsn upTo)
      throws SQLException {
    String sql =
        "UPDATE "
            + table
            + " SET state = ?, file = ?, pos = ?, event = ?, row_no = ?"
            + " WHERE sync = ? AND db = ? AND tab = ? AND key_hash = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, state.name());
      place(statement, 2, upTo);
      name(statement, 6, lock);
      return statement.executeUpdate() == 1;
    }
  }

  /** Nothing that was kept aside up to here is to be applied to a sync's locked rows any more. */
  void raise(Connection connection, String sync, Lsn upTo) throws SQLException {
    String sql = "UPDATE " + table + " SET file = ?, pos = ?, event = ?, row_no = ? WHERE sync = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      place(statement, 1, upTo);
      statement.setString(5, sync);
      statement.executeUpdate();
    }
  }

  /** Hands a lock over to the writer of another lane. */
  void setLane(Connection connection, LockedRow lock, int lane) throws SQLException {
    String sql =
        "UPDATE " + table + " SET lane = ? WHERE sync = ? AND db = ? AND tab = ? AND key_hash = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, lane);
      name(statement, 2, lock);
      statement.executeUpdate();
    }
  }

  void remove(Connection connection, LockedRow lock) throws SQLException {
    String sql = "DELETE FROM " + table + " WHERE sync = ? AND db = ? AND tab = ? AND key_hash = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      name(statement, 1, lock);
      statement.executeUpdate();
    }
  }

  /**
   * What tells one state of the locks from another, as far as others than the one writer whose they
   * are act.
   */
  String generation(Connection connection, String sync) throws SQLException {
    String sql =
        "SELECT value FROM "
            + control
            + " WHERE sync = ? AND name LIKE '"
            + GENERATION
            + "%' ORDER BY name";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      StringBuilder values = new StringBuilder();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          values.append(row.getString(1)).append(' ');
        }
      }
      return values.toString();
    }
  }

  /** Makes the writers read the locks again. */
  void touch(Connection connection, String sync) throws SQLException {
    touchAs(connection, sync, GENERATION);
  }

  /** The same by a writer. */
  void touch(Connection connection, ProgressTable.Owner owner) throws SQLException {
    touchAs(connection, owner.sync(), GENERATION + "." + owner.first());
  }

  private void touchAs(Connection connection, String sync, String name) throws SQLException {
    String value = UUID.randomUUID().toString();
    String update = "UPDATE " + control + " SET value = ? WHERE sync = ? AND name = ?";
    try (PreparedStatement statement = connection.prepareStatement(update)) {
      statement.setString(1, value);
      statement.setString(2, sync);
      statement.setString(3, name);
      if (statement.executeUpdate() == 1) {
        return;
      }
    }
    String insert =
        dialect.insertIfMissing(control, "(sync, name, value)", "(?, ?, ?)", "(sync, name)");
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setString(1, sync);
      statement.setString(2, name);
      statement.setString(3, value);
      statement.executeUpdate();
    }
  }

  private static void name(PreparedStatement statement, int from, LockedRow lock)
      throws SQLException {
    statement.setString(from, lock.sync());
    statement.setString(from + 1, lock.table().database());
    statement.setString(from + 2, lock.table().table());
    statement.setString(from + 3, lock.keyHash());
  }

  static void place(PreparedStatement statement, int from, Lsn lsn) throws SQLException {
    statement.setString(from, lsn.file());
    statement.setLong(from + 1, lsn.position());
    statement.setLong(from + 2, lsn.event());
    statement.setLong(from + 3, lsn.row());
  }
}
