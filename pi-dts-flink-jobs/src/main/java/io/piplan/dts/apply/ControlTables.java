package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** The {@code pi_dts_*} tables on the target: where they are and how they are made. */
final class ControlTables {
  static final String PROGRESS = "pi_dts_progress";
  static final String COPY = "pi_dts_copy";
  static final String TABLE = "pi_dts_table";
  static final String DEAD_LETTER = "pi_dts_dead_letter";
  static final String CONTROL = "pi_dts_control";

  private static final int ATTEMPTS = 5;

  private final Dialect dialect;
  private final String schema;

  ControlTables(Dialect dialect, String schema) {
    this.dialect = dialect;
    this.schema = schema;
  }

  /** The quoted name of one of them. */
  String name(String table) {
    return dialect.quote(schema) + "." + dialect.quote(table);
  }

  /** Creates those that are missing; others may do so at the same moment. */
  void create(Connection connection) throws SQLException {
    for (Map.Entry<String, String> table : definitions().entrySet()) {
      for (int attempt = 1; !exists(connection, table.getKey()); attempt++) {
        try (Statement statement = connection.createStatement()) {
          statement.execute(
              "CREATE TABLE IF NOT EXISTS "
                  + name(table.getKey())
                  + " ("
                  + table.getValue()
                  + ")"
                  + dialect.tableOptions());
        } catch (SQLException e) {
          // PostgreSQL lets two creators collide in its catalogs in spite of IF NOT EXISTS.
          boolean collision = "23505".equals(e.getSQLState()) || "42P07".equals(e.getSQLState());
          if (!collision || attempt == ATTEMPTS) {
            throw missing(e, table.getKey());
          }
        }
      }
    }
  }

  private DtsException missing(SQLException e, String table) {
    if (SqlErrors.isConnectionLost(e)) {
      return SqlErrors.translate(e, "creating " + table);
    }
    return new DtsException(
        e.getErrorCode() == 1049 || "3F000".equals(e.getSQLState())
            ? DtsError.TARGET_MISSING_TABLE
            : DtsError.TARGET_ACCESS_DENIED,
        "cannot create " + name(table) + " on the target: " + e.getMessage(),
        "create "
            + dialect.quote(schema)
            + " if it is missing, and grant the sync's user CREATE in it",
        e);
  }

  private boolean exists(Connection connection, String table) throws SQLException {
    String sql =
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, table);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private Map<String, String> definitions() {
    String name = dialect.nameType();
    String place =
        "file VARCHAR(255) NOT NULL, pos BIGINT NOT NULL, event BIGINT NOT NULL,"
            + " row_no BIGINT NOT NULL";
    Map<String, String> tables = new LinkedHashMap<>();
    tables.put(
        PROGRESS,
        ("sync %s NOT NULL, writers INT NOT NULL, writer INT NOT NULL, first_lane INT NOT NULL,"
                + " end_lane INT NOT NULL, epoch BIGINT NOT NULL, "
                + place
                + ", changes BIGINT NOT NULL, source_ms BIGINT NOT NULL, applied_ms BIGINT NOT"
                + " NULL, PRIMARY KEY (sync, writers, writer)")
            .formatted(name));
    tables.put(
        COPY,
        ("sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL,"
                + " chunk INT NOT NULL, writer INT NOT NULL, writers INT NOT NULL,"
                + " copied_rows BIGINT NOT NULL, file VARCHAR(255) NOT NULL, pos BIGINT NOT NULL,"
                + " done_ms BIGINT NOT NULL,"
                + " PRIMARY KEY (sync, db, tab, chunk, writers, writer)")
            .formatted(name));
    tables.put(
        TABLE,
        ("sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL,"
                + " estimated_rows BIGINT NOT NULL, copied_rows BIGINT NOT NULL, next_chunk INT NOT NULL,"
                + " chunks BIGINT NOT NULL, chunks_done BIGINT NOT NULL, done BOOLEAN NOT NULL,"
                + " PRIMARY KEY (sync, db, tab)")
            .formatted(name));
    tables.put(
        DEAD_LETTER,
        ("id %s PRIMARY KEY, sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL,"
                + " op VARCHAR(10) NOT NULL, before_row %s, after_row %s, "
                + place
                + ", reason %s NOT NULL, refused_ms BIGINT NOT NULL, retried BIGINT")
            .formatted(dialect.idType(), name, dialect.longText(), dialect.longText(), "TEXT"));
    tables.put(
        CONTROL,
        "sync %s NOT NULL, name VARCHAR(64) NOT NULL, value VARCHAR(1000) NOT NULL, PRIMARY KEY (sync, name)"
            .formatted(name));
    return tables;
  }
}
