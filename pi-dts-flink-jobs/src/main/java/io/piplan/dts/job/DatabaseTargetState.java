package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.ddl.FollowedStatement;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** {@link TargetState} in the target's own {@code pi_dts_*} tables. */
final class DatabaseTargetState implements TargetState {
  /** Small tables only: a longer silence means that the target is not there. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** Rates older than this are of the past. */
  private static final long RECENT_MILLIS = 5_000;

  private static final long RECENT_COPY_MILLIS = 20_000;

  private final DatabaseServer target;
  private final String schema;

  /** Null if each question opens its own. */
  private final KeptConnection kept;

  private DatabaseTargetState(DatabaseServer target, String schema, KeptConnection kept) {
    this.target = target;
    this.schema = schema;
    this.kept = kept;
  }

  static DatabaseTargetState asking(DatabaseServer target, String schema) {
    return new DatabaseTargetState(target, schema, null);
  }

  static DatabaseTargetState keeping(DatabaseServer target, String schema) {
    return new DatabaseTargetState(target, schema, new KeptConnection(target, ANSWER));
  }

  @Override
  public Optional<Applied> applied(String sync) {
    // All columns: those of later releases may be missing until the sync is started.
    return query(
        ControlTables.PROGRESS,
        "SELECT * FROM %s WHERE sync = ?",
        sync,
        rows -> {
          List<WriterRow> all = new ArrayList<>();
          while (rows.next()) {
            all.add(WriterRow.of(rows));
          }
          return WriterRow.together(all);
        },
        Optional.empty());
  }

  @Override
  public List<TableProgress> tables(String sync, long nowMillis) {
    Map<String, TableProgress> tables = new TreeMap<>();
    copies(sync, nowMillis).forEach(table -> tables.put(table.table(), table));
    for (TableProgress active : activity(sync, nowMillis)) {
      tables.merge(active.table(), active, TableProgress::with);
    }
    return List.copyOf(tables.values());
  }

  private List<TableProgress> copies(String sync, long nowMillis) {
    return query(
        ControlTables.TABLE,
        "SELECT * FROM %s WHERE sync = ? ORDER BY db, tab",
        sync,
        rows -> {
          Set<String> columns = columns(rows);
          List<TableProgress> tables = new ArrayList<>();
          while (rows.next()) {
            boolean rated =
                columns.contains("rows_per_second")
                    && nowMillis - rows.getLong("updated_ms") < RECENT_COPY_MILLIS;
            tables.add(
                new TableProgress(
                    rows.getString("db") + "." + rows.getString("tab"),
                    rows.getLong("estimated_rows"),
                    rows.getLong("copied_rows"),
                    rows.getLong("chunks"),
                    rows.getLong("chunks_done"),
                    rows.getBoolean("done"),
                    rated ? rows.getLong("rows_per_second") : 0,
                    0,
                    0,
                    0));
          }
          return tables;
        },
        List.of());
  }

  /** Of all writers, also of those that there were when the sync had another number of them. */
  private List<TableProgress> activity(String sync, long nowMillis) {
    return query(
        ControlTables.ACTIVITY,
        "SELECT db, tab, changes, per_second, source_ms, applied_ms FROM %s WHERE sync = ?",
        sync,
        rows -> {
          Map<String, TableProgress> tables = new HashMap<>();
          while (rows.next()) {
            boolean recent = nowMillis - rows.getLong(6) < RECENT_MILLIS;
            String name = rows.getString(1) + "." + rows.getString(2);
            TableProgress one =
                new TableProgress(
                    name,
                    0,
                    0,
                    0,
                    0,
                    true,
                    0,
                    rows.getLong(3),
                    recent ? rows.getLong(4) : 0,
                    rows.getLong(5));
            tables.merge(name, one, TableProgress::with);
          }
          return List.copyOf(tables.values());
        },
        List.of());
  }

  /** The columns that a query gave. */
  static Set<String> columns(ResultSet rows) throws SQLException {
    ResultSetMetaData about = rows.getMetaData();
    Set<String> columns = new HashSet<>();
    for (int i = 1; i <= about.getColumnCount(); i++) {
      columns.add(about.getColumnLabel(i));
    }
    return columns;
  }

  @Override
  public long deadLetters(String sync) {
    return query(
        ControlTables.DEAD_LETTER,
        "SELECT COUNT(*) FROM %s WHERE sync = ? AND retried IS NULL",
        sync,
        rows -> rows.next() ? rows.getLong(1) : 0L,
        0L);
  }

  @Override
  public HeldRows held(String sync) {
    long conflicts = count("pi_dts_conflict", " AND state = 'OPEN'", sync);
    long locked = count("pi_dts_lock", "", sync);
    return new HeldRows(conflicts, locked, count("pi_dts_aside", "", sync));
  }

  @Override
  public List<FollowedStatement> schemaChanges(String sync) {
    return query(
        ControlTables.DDL,
        "SELECT file, pos, statement, state, target_sql, note, source_ms, begun_ms, done_ms"
            + " FROM %s WHERE sync = ? ORDER BY begun_ms DESC, file DESC, pos DESC LIMIT "
            + LATEST,
        sync,
        rows -> {
          List<FollowedStatement> found = new ArrayList<>();
          while (rows.next()) {
            found.add(
                new FollowedStatement(
                    rows.getString(1) + ":" + rows.getLong(2),
                    rows.getString(3),
                    rows.getString(4),
                    rows.getString(5),
                    rows.getString(6),
                    rows.getLong(7),
                    rows.getLong(8),
                    rows.getLong(9)));
          }
          return found;
        },
        List.of());
  }

  private long count(String table, String condition, String sync) {
    return query(
        table,
        "SELECT COUNT(*) FROM %s WHERE sync = ?" + condition,
        sync,
        rows -> rows.next() ? rows.getLong(1) : 0L,
        0L);
  }

  @Override
  public Map<String, String> controls(String sync) {
    return query(
        ControlTables.CONTROL,
        "SELECT name, value FROM %s WHERE sync = ?",
        sync,
        rows -> {
          Map<String, String> values = new HashMap<>();
          while (rows.next()) {
            values.put(rows.getString(1), rows.getString(2));
          }
          return values;
        },
        Map.of());
  }

  @Override
  public void setControl(String sync, String name, String value) {
    try (Connection connection = target.connect(Side.TARGET, ANSWER)) {
      connection.setAutoCommit(false);
      update(
          connection,
          "DELETE FROM %s WHERE sync = ? AND name = ?",
          ControlTables.CONTROL,
          sync,
          name);
      update(
          connection,
          "INSERT INTO %s (sync, name, value) VALUES (?, ?, ?)",
          ControlTables.CONTROL,
          sync,
          name,
          value);
      connection.commit();
    } catch (SQLException e) {
      throw failed(ControlTables.CONTROL, e);
    }
  }

  /** Sets what nobody has set before; returns what is set then. */
  String keepControl(String sync, String name, String value) {
    Optional<String> set = control(sync, name);
    if (set.isPresent()) {
      return set.get();
    }
    try (Connection connection = target.connect(Side.TARGET, ANSWER)) {
      update(
          connection,
          "INSERT INTO %s (sync, name, value) VALUES (?, ?, ?)",
          ControlTables.CONTROL,
          sync,
          name,
          value);
      return value;
    } catch (SQLException e) {
      // Another one may have been a moment earlier.
      return control(sync, name).orElseThrow(() -> failed(ControlTables.CONTROL, e));
    }
  }

  @Override
  public void forget(String sync) {
    forget(sync, ControlTables.OF_SYNCS);
  }

  @Override
  public void forgetSchemas(String sync) {
    forget(sync, List.of(ControlTables.SCHEMA, ControlTables.DDL));
  }

  private void forget(String sync, List<String> tables) {
    try (Connection connection = target.connect(Side.TARGET, ANSWER)) {
      for (String table : tables) {
        if (exists(connection, table)) {
          update(connection, "DELETE FROM %s WHERE sync = ?", table, sync);
        }
      }
    } catch (SQLException e) {
      throw failed("pi_dts_*", e);
    }
  }

  private interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private <T> T query(String table, String sql, String sync, Reader<T> reader, T otherwise) {
    try {
      if (kept != null) {
        return kept.use(connection -> query(connection, table, sql, sync, reader, otherwise));
      }
      try (Connection connection = target.connect(Side.TARGET, ANSWER)) {
        return query(connection, table, sql, sync, reader, otherwise);
      }
    } catch (SQLException e) {
      throw failed(table, e);
    }
  }

  private <T> T query(
      Connection connection, String table, String sql, String sync, Reader<T> reader, T otherwise)
      throws SQLException {
    if (!exists(connection, table)) {
      return otherwise;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql.formatted(name(table)))) {
      statement.setString(1, sync);
      try (ResultSet rows = statement.executeQuery()) {
        return reader.read(rows);
      }
    }
  }

  private void update(Connection connection, String sql, String table, String... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.formatted(name(table)))) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
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

  private String name(String table) {
    TableId id = new TableId(schema, table);
    return target instanceof PostgresServer ? PostgresNames.quote(id) : MySqlNames.quote(id);
  }

  private DtsException failed(String table, SQLException e) {
    return new DtsException(
        DtsError.TARGET_FAILED,
        "reading or writing "
            + table
            + " in "
            + schema
            + " of "
            + target.address()
            + " failed: "
            + e.getMessage(),
        "check the target, and that the sync's user may read and write " + table,
        e);
  }

  @Override
  public void close() {
    if (kept != null) {
      kept.close();
    }
  }
}
