package io.piplan.dts.jdbc;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The {@code pi_dts_*} tables on the target: where they are and how they are made. A table of an
 * earlier release gets the columns and indexes that came later. Immutable.
 */
public final class ControlTables {
  /** How the names of all of them begin. */
  public static final String PREFIX = "pi_dts_";

  /** How far each writer has come, with the epoch that fences off its predecessors. */
  public static final String PROGRESS = "pi_dts_progress";

  /** The parts of chunks that writers have copied. */
  public static final String COPY = "pi_dts_copy";

  /** How far the copy of each table has come. */
  public static final String TABLE = "pi_dts_table";

  /** Changes that the target refused. */
  public static final String DEAD_LETTER = "pi_dts_dead_letter";

  /** Changes that were not applied since the target's row was not as it had to be. */
  public static final String CONFLICT = "pi_dts_conflict";

  /** Rows to which nothing is applied. */
  public static final String LOCK = "pi_dts_lock";

  /** Changes to locked rows, kept in their order. */
  public static final String ASIDE = "pi_dts_aside";

  /** Keys of deleted rows with the version that was deleted. */
  public static final String TOMBSTONE = "pi_dts_tombstone";

  /** Marks transactions that syncs write, for those that read the server's binlog. */
  public static final String ORIGIN = "pi_dts_origin";

  /** What is to be made again what the source has, and how far that is. */
  public static final String RESYNC = "pi_dts_resync";

  /** Rows that the target refused when they were made again. */
  public static final String RESYNC_ROW = "pi_dts_resync_row";

  /** What people have asked of a running sync. */
  public static final String CONTROL = "pi_dts_control";

  /** What the source's tables are like from which place of its binlog on. */
  public static final String SCHEMA = "pi_dts_schema";

  /** What was done on the target since the source's tables changed. */
  public static final String DDL = "pi_dts_ddl";

  /** How many changes of each table each writer has applied, and how fast. */
  public static final String ACTIVITY = "pi_dts_activity";

  /** Those whose rows belong to a sync each, which a column {@code sync} names. */
  public static final List<String> OF_SYNCS =
      List.of(
          PROGRESS,
          COPY,
          TABLE,
          DEAD_LETTER,
          CONFLICT,
          LOCK,
          ASIDE,
          RESYNC,
          RESYNC_ROW,
          CONTROL,
          ACTIVITY,
          SCHEMA,
          DDL);

  /** All of them. */
  public static final List<String> ALL =
      Stream.concat(OF_SYNCS.stream(), Stream.of(TOMBSTONE)).toList();

  /** Columns that the first release did not have, with their definitions. */
  private static final Map<String, Map<String, String>> LATER =
      Map.of(
          PROGRESS,
          columns(
              "fresh_ms", "BIGINT DEFAULT 0 NOT NULL",
              "heartbeat_ms", "BIGINT DEFAULT 0 NOT NULL",
              "heartbeat_applied_ms", "BIGINT DEFAULT 0 NOT NULL",
              "gtids", "TEXT"),
          TABLE,
          columns(
              "rows_per_second", "BIGINT DEFAULT 0 NOT NULL",
              "updated_ms", "BIGINT DEFAULT 0 NOT NULL"),
          DEAD_LETTER,
          columns("key_hash", "CHAR(32)", "to_hash", "CHAR(32)"));

  /**
   * Unique violation, duplicate table, duplicate object, duplicate column: another creator was a
   * moment earlier.
   */
  private static final Set<String> COLLISIONS = Set.of("23505", "42P07", "42710", "42701", "42S21");

  private static final int ATTEMPTS = 5;

  private final boolean postgres;
  private final String schema;
  private final UnaryOperator<String> quote;

  /**
   * @param postgres whether the target is PostgreSQL, else MySQL or MariaDB
   * @param schema where the tables are
   * @param quote quotes a name as the target wants it
   */
  public ControlTables(boolean postgres, String schema, UnaryOperator<String> quote) {
    this.postgres = postgres;
    this.schema = schema;
    this.quote = quote;
  }

  /** The names of all of them. */
  public static List<String> names(boolean postgres) {
    return List.copyOf(new ControlTables(postgres, "", name -> name).definitions().keySet());
  }

  /** The quoted name of one of them. */
  public String name(String table) {
    return quote.apply(schema) + "." + quote.apply(table);
  }

  /**
   * Creates those that are missing, and columns and indexes that are; others may do so at the same
   * moment. Not within a transaction.
   *
   * @throws DtsException if the schema is missing, or the user may not create tables in it
   */
  public void create(Connection connection) throws SQLException {
    Map<String, Set<String>> present = present(connection);
    for (Map.Entry<String, String> table : definitions().entrySet()) {
      if (!present.containsKey(table.getKey())) {
        change(
            connection,
            table.getKey(),
            creation(table.getKey()),
            CREATE_REMEDY.formatted(quote.apply(schema)));
      }
    }
    for (Alteration missing : alterations(present)) {
      change(
          connection,
          missing.table(),
          missing.sql(),
          "run it as a user who may: " + missing.sql() + " (or grant the sync's user ALTER on it)");
    }
    new ControlIndexes(postgres, schema, this).create(connection);
  }

  /** The statement that creates one of them where it is missing. */
  public String creation(String table) {
    return "CREATE TABLE IF NOT EXISTS "
        + name(table)
        + " ("
        + definitions().get(table)
        + ")"
        + (postgres ? "" : " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  }

  private static final String CREATE_REMEDY =
      "create %s if it is missing, and grant the sync's user CREATE in it";

  /** A statement that gives a table of an earlier release a column it lacks. */
  public record Alteration(String table, String sql) {}

  /** What tables of an earlier release lack. */
  public List<Alteration> alterations(Connection connection) throws SQLException {
    return alterations(present(connection));
  }

  private List<Alteration> alterations(Map<String, Set<String>> present) {
    List<Alteration> missing = new ArrayList<>();
    for (String table : ALL) {
      Set<String> has = present.get(table);
      if (has != null) {
        LATER
            .getOrDefault(table, Map.of())
            .forEach(
                (column, definition) -> {
                  if (!has.contains(column)) {
                    missing.add(
                        new Alteration(
                            table,
                            "ALTER TABLE "
                                + name(table)
                                + " ADD COLUMN "
                                + column
                                + " "
                                + definition));
                  }
                });
      }
    }
    return missing;
  }

  private void change(Connection connection, String table, String sql, String remedy)
      throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
        return;
      } catch (SQLException e) {
        // PostgreSQL lets two creators collide in its catalogs in spite of IF NOT EXISTS.
        if (!COLLISIONS.contains(state(e)) || attempt == ATTEMPTS) {
          throw refused(e, table, remedy);
        }
        if (isDone(connection, table, sql)) {
          return;
        }
      }
    }
  }

  private boolean isDone(Connection connection, String table, String sql) throws SQLException {
    Map<String, Set<String>> present = present(connection);
    return present.containsKey(table)
        && alterations(present).stream().noneMatch(missing -> missing.sql().equals(sql));
  }

  private DtsException refused(SQLException e, String table, String remedy) throws SQLException {
    if (state(e).startsWith("08")
        || state(e).startsWith("57P0")
        || e instanceof SQLRecoverableException) {
      throw e;
    }
    return new DtsException(
        e.getErrorCode() == 1049 || state(e).equals("3F000")
            ? DtsError.TARGET_MISSING_TABLE
            : DtsError.TARGET_ACCESS_DENIED,
        "cannot create or extend " + name(table) + " on the target: " + e.getMessage(),
        remedy,
        e);
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }

  /** Whether one of them is there. */
  public boolean exists(Connection connection, String table) throws SQLException {
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

  /** The tables that are there, with their columns. */
  private Map<String, Set<String>> present(Connection connection) throws SQLException {
    String sql =
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?"
            + " AND table_name LIKE 'pi|_dts|_%' ESCAPE '|'";
    Map<String, Set<String>> present = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          present
              .computeIfAbsent(rows.getString(1), table -> new HashSet<>())
              .add(rows.getString(2));
        }
      }
    }
    return present;
  }

  private static Map<String, String> columns(String... namesAndDefinitions) {
    Map<String, String> columns = new LinkedHashMap<>();
    for (int i = 0; i < namesAndDefinitions.length; i += 2) {
      columns.put(namesAndDefinitions[i], namesAndDefinitions[i + 1]);
    }
    return columns;
  }

  /** As a part of CREATE TABLE, with a comma behind. */
  private static String later(String table) {
    return LATER.getOrDefault(table, Map.of()).entrySet().stream()
        .map(column -> column.getKey() + " " + column.getValue() + ", ")
        .collect(Collectors.joining());
  }

  private Map<String, String> definitions() {
    String name =
        postgres ? "VARCHAR(190)" : "VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    String id = postgres ? "BIGINT GENERATED BY DEFAULT AS IDENTITY" : "BIGINT AUTO_INCREMENT";
    String row = postgres ? "TEXT" : "LONGTEXT";
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
                + " NULL, "
                + later(PROGRESS)
                + "PRIMARY KEY (sync, writers, writer)")
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
                + " chunks BIGINT NOT NULL, chunks_done BIGINT NOT NULL, done BOOLEAN NOT NULL, "
                + later(TABLE)
                + "PRIMARY KEY (sync, db, tab)")
            .formatted(name));
    tables.put(
        DEAD_LETTER,
        ("id %s PRIMARY KEY, sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL,"
                + " op VARCHAR(10) NOT NULL, before_row %s, after_row %s, "
                + place
                + ", reason %s NOT NULL, refused_ms BIGINT NOT NULL, retried BIGINT,"
                + " key_hash CHAR(32), to_hash CHAR(32)")
            .formatted(id, name, row, row, "TEXT"));
    tables.put(
        CONTROL,
        "sync %s NOT NULL, name VARCHAR(64) NOT NULL, value VARCHAR(1000) NOT NULL, PRIMARY KEY (sync, name)"
            .formatted(name));
    tables.put(
        ACTIVITY,
        ("sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL,"
                + " writers INT NOT NULL, writer INT NOT NULL, changes BIGINT NOT NULL,"
                + " per_second BIGINT NOT NULL, source_ms BIGINT NOT NULL,"
                + " applied_ms BIGINT NOT NULL,"
                + " PRIMARY KEY (sync, db, tab, writers, writer)")
            .formatted(name));
    tables.put(
        SCHEMA,
        ("sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL,"
                + " file VARCHAR(190) NOT NULL, pos BIGINT NOT NULL, event BIGINT NOT NULL,"
                + " content "
                + row
                + " NOT NULL, stored_ms BIGINT NOT NULL,"
                + " PRIMARY KEY (sync, db, tab, file, pos, event)")
            .formatted(name));
    tables.put(
        DDL,
        ("sync %s NOT NULL, file VARCHAR(190) NOT NULL, pos BIGINT NOT NULL,"
                + " event BIGINT NOT NULL, statement "
                + row
                + " NOT NULL, state VARCHAR(10) NOT NULL, target_sql "
                + row
                + " NOT NULL, note "
                + row
                + " NOT NULL, source_ms BIGINT NOT NULL, begun_ms BIGINT NOT NULL,"
                + " done_ms BIGINT NOT NULL, PRIMARY KEY (sync, file, pos, event)")
            .formatted(name));
    tables.putAll(guardDefinitions(name, id, row, place));
    tables.putAll(resyncDefinitions(name, id, row));
    if (!postgres) {
      tables.put(
          ORIGIN,
          "id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, sync %s NOT NULL, zone INT NOT NULL, transactions BIGINT NOT NULL, since_ms BIGINT NOT NULL"
              .formatted(name));
    }
    return tables;
  }

  private static Map<String, String> resyncDefinitions(String name, String id, String row) {
    String table = "sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL, ";
    Map<String, String> tables = new LinkedHashMap<>();
    tables.put(
        RESYNC,
        ("id %s PRIMARY KEY, "
                + table
                + "row_keys %s, where_text TEXT, state VARCHAR(10) NOT NULL, phase VARCHAR(10) NOT"
                + " NULL, attempt INT NOT NULL, resume_after TEXT, next_chunk INT NOT NULL,"
                + " estimated_rows BIGINT NOT NULL, checked BIGINT NOT NULL, mended BIGINT NOT NULL,"
                + " removed BIGINT NOT NULL, refused BIGINT NOT NULL, message TEXT NOT NULL,"
                + " asked_ms BIGINT NOT NULL, begun_ms BIGINT, done_ms BIGINT")
            .formatted(id, name, row));
    tables.put(
        RESYNC_ROW,
        (table
                + "chunk INT NOT NULL, writer INT NOT NULL, row_no BIGINT NOT NULL, row_key %s NOT"
                + " NULL, reason TEXT NOT NULL, refused_ms BIGINT NOT NULL,"
                + " PRIMARY KEY (sync, db, tab, chunk, writer, row_no)")
            .formatted(name, row));
    return tables;
  }

  private Map<String, String> guardDefinitions(String name, String id, String row, String place) {
    String source = "sync %s NOT NULL, db VARCHAR(64) NOT NULL, tab VARCHAR(64) NOT NULL, ";
    String key = "key_hash CHAR(32) NOT NULL, row_key " + row + " NOT NULL, ";
    Map<String, String> tables = new LinkedHashMap<>();
    tables.put(
        CONFLICT,
        ("id "
                + id
                + " PRIMARY KEY, "
                + source
                + "target_table VARCHAR(64) NOT NULL, row_key %s NOT NULL, kind VARCHAR(20) NOT"
                + " NULL, op VARCHAR(10) NOT NULL, before_row %s, after_row %s, target_row %s,"
                + " reason TEXT NOT NULL, "
                + place
                + ", version VARCHAR(64), found_ms BIGINT NOT NULL, state VARCHAR(10) NOT NULL,"
                + " settled_ms BIGINT"
                + (postgres ? "" : ControlIndexes.of(CONFLICT)))
            .formatted(name, row, row, row, row));
    tables.put(
        LOCK,
        (source
                + key
                + "target_table VARCHAR(64) NOT NULL, lane INT NOT NULL, conflict BIGINT NOT NULL,"
                + " state VARCHAR(10) NOT NULL, "
                + place
                + ", since_ms BIGINT NOT NULL, PRIMARY KEY (sync, db, tab, key_hash)")
            .formatted(name));
    tables.put(
        ASIDE,
        ("id "
                + id
                + " UNIQUE, "
                + source
                + key
                + "lane INT NOT NULL, op VARCHAR(10) NOT NULL, before_row %s, after_row %s, "
                + place
                + ", source_ms BIGINT NOT NULL, PRIMARY KEY (sync, db, tab, key_hash, id)")
            .formatted(name, row, row));
    // Of the target table, whatever sync deleted the row.
    tables.put(
        TOMBSTONE,
        "tab VARCHAR(64) NOT NULL, key_hash CHAR(32) NOT NULL, version VARCHAR(64) NOT NULL,"
            + " deleted_ms BIGINT NOT NULL, PRIMARY KEY (tab, key_hash)");
    return tables;
  }
}
