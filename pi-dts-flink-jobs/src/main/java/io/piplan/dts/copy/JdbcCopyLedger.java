package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ledger in the {@code pi_dts_*} tables of a target, on one connection. */
public final class JdbcCopyLedger implements CopyLedger {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcCopyLedger.class);
  private static final int CHUNKS_PER_QUERY = 500;

  private final DatabaseServer target;
  private final boolean postgres;
  private final String schema;
  private final ControlTables tables;
  private final String sync;
  private final CopyLimits defaultLimits;
  private final TargetLoad load;
  private Connection connection;

  /**
   * @param schema where the {@code pi_dts_*} tables are
   * @param defaultLimits those that count while nobody has set others
   */
  public JdbcCopyLedger(
      DatabaseServer target, String schema, String sync, CopyLimits defaultLimits) {
    this.target = target;
    this.postgres = target instanceof PostgresServer;
    this.schema = schema;
    this.tables =
        new ControlTables(postgres, schema, postgres ? PostgresNames::quote : MySqlNames::quote);
    this.sync = sync;
    this.defaultLimits = defaultLimits;
    this.load = new TargetLoad(target, postgres, tables.name(ControlTables.PROGRESS), sync);
  }

  private interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** Once more on a new connection if the old one was cut: every call here may be repeated. */
  private <T> T run(String doing, Work<T> work) {
    try {
      return work.on(connected());
    } catch (SQLException first) {
      drop();
      try {
        return work.on(connected());
      } catch (SQLException e) {
        drop();
        throw new DtsException(
            DtsError.TARGET_FAILED,
            doing + " on " + target.address() + " failed: " + e.getMessage(),
            "check the target, and that the sync's user may create, read and write pi_dts_* tables"
                + " in "
                + schema,
            e);
      }
    }
  }

  private Connection connected() {
    if (connection == null) {
      connection = target.connect(Side.TARGET);
    }
    return connection;
  }

  @Override
  public void prepare() {
    run(
        "creating the pi_dts_* tables",
        on -> {
          tables.create(on);
          return null;
        });
  }

  @Override
  public Map<ChunkId, Long> done(Collection<ChunkId> chunks) {
    Map<ChunkId, Long> done = new HashMap<>();
    Map<TableId, List<Integer>> byTable =
        chunks.stream()
            .collect(
                Collectors.groupingBy(
                    ChunkId::table, Collectors.mapping(ChunkId::number, Collectors.toList())));
    byTable.forEach(
        (table, numbers) -> {
          for (int from = 0; from < numbers.size(); from += CHUNKS_PER_QUERY) {
            List<Integer> some =
                numbers.subList(from, Math.min(numbers.size(), from + CHUNKS_PER_QUERY));
            done.putAll(run("reading pi_dts_copy", on -> done(on, table, some)));
          }
        });
    return done;
  }

  private Map<ChunkId, Long> done(Connection on, TableId table, List<Integer> numbers)
      throws SQLException {
    // Parts of different numbers of writers do not add up to a chunk. A chunk for one writer alone
    // may have been written by several, one after the other.
    String sql =
        "SELECT chunk, CASE WHEN writers = 1 THEN MAX(copied_rows) ELSE SUM(copied_rows) END FROM "
            + tables.name(ControlTables.COPY)
            + " WHERE sync = ? AND db = ? AND tab = ? AND chunk IN ("
            + numbers.stream().map(String::valueOf).collect(Collectors.joining(", "))
            + ") GROUP BY chunk, writers HAVING COUNT(DISTINCT writer) >= writers";
    Map<ChunkId, Long> done = new HashMap<>();
    try (PreparedStatement statement = prepare(on, sql, table);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        done.put(new ChunkId(table, rows.getInt(1)), rows.getLong(2));
      }
    }
    return done;
  }

  private PreparedStatement prepare(Connection on, String sql, TableId table) throws SQLException {
    PreparedStatement statement = on.prepareStatement(sql);
    statement.setString(1, sync);
    statement.setString(2, table.database());
    statement.setString(3, table.table());
    return statement;
  }

  @Override
  public int nextChunk(TableId table) {
    return run(
        "reading pi_dts_table",
        on -> {
          String sql =
              "SELECT next_chunk FROM "
                  + tables.name(ControlTables.TABLE)
                  + " WHERE sync = ? AND db = ? AND tab = ?";
          try (PreparedStatement statement = prepare(on, sql, table);
              ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getInt(1) : 0;
          }
        });
  }

  @Override
  public void store(List<CopyProgress> progress) {
    if (progress.isEmpty()) {
      return;
    }
    List<String> columns =
        List.of(
            "estimated_rows",
            "copied_rows",
            "next_chunk",
            "chunks",
            "chunks_done",
            "done",
            "rows_per_second",
            "updated_ms");
    List<String> sets = new ArrayList<>();
    for (String column : columns) {
      sets.add(column + " = " + (postgres ? "excluded." + column : "VALUES(" + column + ")"));
    }
    String sql =
        "INSERT INTO "
            + tables.name(ControlTables.TABLE)
            + " (sync, db, tab, "
            + String.join(", ", columns)
            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + (postgres
                ? " ON CONFLICT (sync, db, tab) DO UPDATE SET "
                : " ON DUPLICATE KEY UPDATE ")
            + String.join(", ", sets);
    run(
        "writing pi_dts_table",
        on -> {
          for (CopyProgress table : progress) {
            try (PreparedStatement statement = prepare(on, sql, table.table())) {
              statement.setLong(4, table.estimatedRows());
              statement.setLong(5, table.copiedRows());
              statement.setInt(6, table.nextChunk());
              statement.setLong(7, table.chunks());
              statement.setLong(8, table.chunksDone());
              statement.setBoolean(9, table.done());
              statement.setLong(10, table.rowsPerSecond());
              statement.setLong(11, System.currentTimeMillis());
              statement.executeUpdate();
            }
          }
          return null;
        });
  }

  @Override
  public List<Unfinished> unfinished() {
    return run(
        "reading pi_dts_table",
        on -> {
          List<Unfinished> unfinished = new ArrayList<>();
          try (PreparedStatement statement =
              on.prepareStatement(
                  "SELECT db, tab, updated_ms FROM "
                      + tables.name(ControlTables.TABLE)
                      + " WHERE sync = ? AND NOT done")) {
            statement.setString(1, sync);
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                TableId table = new TableId(rows.getString(1), rows.getString(2));
                unfinished.add(new Unfinished(table, rows.getLong(3)));
              }
            }
          }
          return unfinished;
        });
  }

  @Override
  public void leave(List<Unfinished> left) {
    if (left.isEmpty()) {
      return;
    }
    String sql =
        "UPDATE "
            + tables.name(ControlTables.TABLE)
            + " SET done = TRUE, estimated_rows = 0, copied_rows = 0, chunks = 0, chunks_done = 0,"
            + " rows_per_second = 0 WHERE sync = ? AND db = ? AND tab = ? AND NOT done"
            + " AND updated_ms = ?";
    run(
        "writing pi_dts_table",
        on -> {
          for (Unfinished table : left) {
            try (PreparedStatement statement = prepare(on, sql, table.table())) {
              statement.setLong(4, table.storedMillis());
              statement.executeUpdate();
            }
          }
          return null;
        });
  }

  @Override
  public Control control() {
    return run(
        "reading pi_dts_control",
        on -> {
          boolean paused = false;
          CopyLimits limits = defaultLimits;
          try (PreparedStatement statement =
              on.prepareStatement(
                  "SELECT name, value FROM "
                      + tables.name(ControlTables.CONTROL)
                      + " WHERE sync = ?")) {
            statement.setString(1, sync);
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                String name = rows.getString(1);
                String value = rows.getString(2);
                if (name.equals("paused")) {
                  paused = value.equals("true");
                }
                limits = withLimit(limits, name, value);
              }
            }
          }
          return new Control(paused, limits);
        });
  }

  private CopyLimits withLimit(CopyLimits limits, String name, String value) {
    Optional<CopyLimit> limit = CopyLimit.of(name);
    try {
      return limit.isEmpty() || value.equals(CopyLimit.AS_DEFINED)
          ? limits
          : limits.with(limit.get(), value);
    } catch (IllegalArgumentException e) {
      LOG.warn("{}: {} = '{}' in pi_dts_control is not understood", sync, name, value);
      return limits;
    }
  }

  @Override
  public Optional<String> overload(CopyLimits limits) {
    return run("asking for the load", on -> load.above(limits, on));
  }

  @Override
  public void resting(String reason) {
    run(
        "writing pi_dts_control",
        on -> {
          String where = tables.name(ControlTables.CONTROL);
          try (PreparedStatement delete =
                  on.prepareStatement("DELETE FROM " + where + " WHERE sync = ? AND name = ?");
              PreparedStatement insert =
                  on.prepareStatement(
                      "INSERT INTO " + where + " (sync, name, value) VALUES (?, ?, ?)")) {
            delete.setString(1, sync);
            delete.setString(2, RESTING);
            delete.executeUpdate();
            if (!reason.isEmpty()) {
              insert.setString(1, sync);
              insert.setString(2, RESTING);
              insert.setString(3, reason.substring(0, Math.min(reason.length(), 900)));
              insert.executeUpdate();
            }
          }
          return null;
        });
  }

  @Override
  public void close() {
    load.close();
    drop();
  }

  private void drop() {
    Connection closed = connection;
    connection = null;
    if (closed != null) {
      try {
        closed.close();
      } catch (SQLException e) {
        // A connection that cannot be closed properly is gone anyway.
        return;
      }
    }
  }
}
