package io.piplan.dts.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes of the {@code pi_dts_*} tables beside their keys. They make questions cheap and
 * decide nothing, so where one can't be made (the sync's user may not, or others hold the table) it
 * is done without until the next start. Immutable.
 */
final class ControlIndexes {
  private static final Logger LOG = LoggerFactory.getLogger(ControlIndexes.class);

  /** Whoever waits for a table to be altered has all others wait behind him. */
  private static final int LOCK_WAIT_SECONDS = 3;

  private record Index(String table, String name, List<String> columns) {
    String definition() {
      return name + " (" + String.join(", ", columns) + ")";
    }
  }

  private static final List<Index> ALL =
      List.of(
          new Index(
              ControlTables.CONFLICT,
              "pi_dts_conflict_open",
              List.of("sync", "db", "tab", "state", "kind")));

  private final boolean postgres;
  private final String schema;
  private final ControlTables tables;

  ControlIndexes(boolean postgres, String schema, ControlTables tables) {
    this.postgres = postgres;
    this.schema = schema;
    this.tables = tables;
  }

  /** As a part of MySQL's CREATE TABLE, with a comma before each. */
  static String of(String table) {
    return ALL.stream()
        .filter(index -> index.table().equals(table))
        .map(index -> ", INDEX " + index.definition())
        .collect(Collectors.joining());
  }

  /** Makes those that are missing. Not within a transaction. */
  void create(Connection connection) throws SQLException {
    for (Index index : ALL) {
      if (!isThere(connection, index)) {
        create(connection, index);
      }
    }
  }

  private void create(Connection connection, Index index) throws SQLException {
    String sql = statement(index);
    String waited =
        lockWait(connection, postgres ? LOCK_WAIT_SECONDS + "s" : "" + LOCK_WAIT_SECONDS);
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      if (isLost(e)) {
        throw e;
      }
      if (!isThere(connection, index)) {
        LOG.warn("done without an index for now ({}): {}", e.getMessage(), sql);
      }
    }
    lockWait(connection, waited);
  }

  private String statement(Index index) {
    return postgres
        ? "CREATE INDEX IF NOT EXISTS "
            + index.name()
            + " ON "
            + tables.name(index.table())
            + " ("
            + String.join(", ", index.columns())
            + ")"
        : "ALTER TABLE " + tables.name(index.table()) + " ADD INDEX " + index.definition();
  }

  /** Sets how long a lock on a table is waited for; returns what was set before. */
  private String lockWait(Connection connection, String wait) throws SQLException {
    String setting = postgres ? "lock_timeout" : "lock_wait_timeout";
    String before;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(postgres ? "SHOW " + setting : "SELECT @@SESSION." + setting)) {
      row.next();
      before = row.getString(1);
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          postgres
              ? "SET SESSION " + setting + " = '" + wait + "'"
              : "SET SESSION " + setting + " = " + wait);
    }
    return before;
  }

  private static boolean isLost(SQLException e) {
    return e instanceof SQLRecoverableException
        || (e.getSQLState() != null
            && (e.getSQLState().startsWith("08") || e.getSQLState().startsWith("57P0")));
  }

  private boolean isThere(Connection connection, Index index) throws SQLException {
    String sql =
        postgres
            ? "SELECT 1 FROM pg_indexes WHERE schemaname = ? AND tablename = ? AND indexname = ?"
            : "SELECT 1 FROM information_schema.statistics WHERE table_schema = ?"
                + " AND table_name = ? AND index_name = ? LIMIT 1";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, index.table());
      statement.setString(3, index.name());
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }
}
