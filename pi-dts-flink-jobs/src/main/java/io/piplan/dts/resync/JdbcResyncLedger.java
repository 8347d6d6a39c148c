package io.piplan.dts.resync;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.copy.JdbcCopyLedger;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.resync.ResyncRequest.Counts;
import io.piplan.dts.resync.ResyncRequest.Phase;
import io.piplan.dts.resync.ResyncRequest.State;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The ledger in {@code pi_dts_resync} and its neighbours on a target. */
public final class JdbcResyncLedger implements ResyncLedger {
  private static final String COLUMNS =
      "id, db, tab, row_keys, where_text, state, phase, attempt, resume_after, next_chunk,"
          + " estimated_rows, checked, mended, removed, refused, message";

  private final DatabaseServer target;
  private final String schema;
  private final String sync;
  private final ControlTables tables;
  private final JdbcCopyLedger copies;
  private Connection connection;

  /**
   * @param schema where the {@code pi_dts_*} tables are
   * @param limits as of the copy, while nobody sets others
   */
  public JdbcResyncLedger(DatabaseServer target, String schema, String sync, CopyLimits limits) {
    boolean postgres = target instanceof PostgresServer;
    this.target = target;
    this.schema = schema;
    this.sync = sync;
    this.tables =
        new ControlTables(postgres, schema, postgres ? PostgresNames::quote : MySqlNames::quote);
    this.copies = new JdbcCopyLedger(target, schema, sync, limits);
  }

  private static final String AFTER_COPY = "waits for the copy of all tables";

  private interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** Once more on a new connection if the old one was cut: every call here may be repeated. */
  private <T> T run(String doing, Work<T> work) {
    try {
      return work.on(connected());
    } catch (SQLException first) {
      closeConnection();
      try {
        return work.on(connected());
      } catch (SQLException e) {
        closeConnection();
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
    copies.prepare();
  }

  /** Asks for a resync; returns its id. */
  public long ask(TableId table, List<String> keys, Optional<String> where) {
    return ask(table, keys, where, "");
  }

  /** Asks for a whole table to be compared as soon as no table of the sync is being copied. */
  public long askAfterCopy(TableId table) {
    return ask(table, List.of(), Optional.empty(), AFTER_COPY);
  }

  private long ask(TableId table, List<String> keys, Optional<String> where, String message) {
    String sql =
        "INSERT INTO "
            + tables.name(ControlTables.RESYNC)
            + " (sync, db, tab, row_keys, where_text, state, phase, attempt, next_chunk,"
            + " estimated_rows, checked, mended, removed, refused, message, asked_ms)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, 0, 0, 0, 0, 0, ?, ?)";
    prepare();
    return run(
        "asking for a resync",
        on -> {
          try (PreparedStatement statement = on.prepareStatement(sql, new String[] {"id"})) {
            name(statement, 1, table);
            statement.setString(4, keys.isEmpty() ? null : TextLists.write(keys));
            statement.setString(5, where.orElse(null));
            statement.setString(6, State.ASKED.name());
            statement.setString(7, (keys.isEmpty() ? Phase.EXTRA : Phase.KEYS).name());
            statement.setString(8, message);
            statement.setLong(9, System.currentTimeMillis());
            statement.executeUpdate();
            try (ResultSet id = statement.getGeneratedKeys()) {
              id.next();
              return id.getLong(1);
            }
          }
        });
  }

  /** A request by its id. */
  public Optional<ResyncRequest> find(long id) {
    return read(" AND id = " + id).stream().findFirst();
  }

  /** The newest requests, the newest first. */
  public List<ResyncRequest> newest(int count) {
    return read(" ORDER BY id DESC LIMIT " + count);
  }

  /** Ends a request that is not done; what is on its way still arrives. Whether there was one. */
  public boolean cancel(long id) {
    return run(
        "cancelling a resync",
        on -> {
          String sql =
              "UPDATE "
                  + tables.name(ControlTables.RESYNC)
                  + " SET state = 'CANCELLED', done_ms = ? WHERE sync = ? AND id = ?"
                  + " AND state IN ('ASKED', 'RUNNING')";
          try (PreparedStatement statement = on.prepareStatement(sql)) {
            statement.setLong(1, System.currentTimeMillis());
            statement.setString(2, sync);
            statement.setLong(3, id);
            return statement.executeUpdate() == 1;
          }
        });
  }

  private List<ResyncRequest> read(String more) {
    String sql =
        "SELECT " + COLUMNS + " FROM " + tables.name(ControlTables.RESYNC) + " WHERE sync = ?";
    return run(
        "reading pi_dts_resync",
        on -> {
          List<ResyncRequest> requests = new ArrayList<>();
          try (PreparedStatement statement = on.prepareStatement(sql + more)) {
            statement.setString(1, sync);
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                requests.add(request(row));
              }
            }
          }
          return requests;
        });
  }

  private static ResyncRequest request(ResultSet row) throws SQLException {
    return new ResyncRequest(
        row.getLong(1),
        new TableId(row.getString(2), row.getString(3)),
        row.getString(4) == null ? List.of() : TextLists.read(row.getString(4)),
        Optional.ofNullable(row.getString(5)),
        State.valueOf(row.getString(6)),
        Phase.valueOf(row.getString(7)),
        row.getInt(8),
        Optional.ofNullable(row.getString(9)),
        row.getInt(10),
        row.getLong(11),
        new Counts(row.getLong(12), row.getLong(13), row.getLong(14), row.getLong(15)),
        row.getString(16));
  }

  @Override
  public Optional<ResyncRequest> next(boolean ofKeys) {
    String kind = ofKeys ? " AND row_keys IS NOT NULL" : " AND row_keys IS NULL";
    Optional<ResyncRequest> running =
        read(kind + " AND state = 'RUNNING' ORDER BY id LIMIT 1").stream().findFirst();
    if (running.isPresent()) {
      return running;
    }
    return read(kind + " AND state = 'ASKED' ORDER BY id LIMIT 20").stream()
        .filter(
            request ->
                request.message().equals(AFTER_COPY) ? isAllCopied() : isCopied(request.table()))
        .findFirst();
  }

  /** Whether the first copies of all tables are done. */
  private boolean isAllCopied() {
    return run(
        "reading pi_dts_table",
        on -> {
          String sql = "SELECT done FROM " + tables.name(ControlTables.TABLE) + " WHERE sync = ?";
          boolean any = false;
          boolean all = true;
          try (PreparedStatement statement = on.prepareStatement(sql)) {
            statement.setString(1, sync);
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                any = true;
                all &= row.getBoolean(1);
              }
            }
          }
          return any && all;
        });
  }

  /** Whether the table's first copy is done, or there never was one. */
  private boolean isCopied(TableId table) {
    return run(
        "reading pi_dts_table",
        on -> {
          String sql =
              "SELECT done FROM "
                  + tables.name(ControlTables.TABLE)
                  + " WHERE sync = ? AND db = ? AND tab = ?";
          try (PreparedStatement statement = on.prepareStatement(sql)) {
            name(statement, 1, table);
            try (ResultSet row = statement.executeQuery()) {
              return !row.next() || row.getBoolean(1);
            }
          }
        });
  }

  @Override
  public int firstChunk(TableId table) {
    return run(
        "reading pi_dts_resync",
        on -> {
          String sql =
              "SELECT MAX(next_chunk) FROM "
                  + tables.name(ControlTables.RESYNC)
                  + " WHERE sync = ? AND db = ? AND tab = ?";
          try (PreparedStatement statement = on.prepareStatement(sql)) {
            name(statement, 1, table);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return Math.max(1, row.getInt(1));
            }
          }
        });
  }

  @Override
  public boolean store(ResyncRequest request) {
    String sql =
        "UPDATE "
            + tables.name(ControlTables.RESYNC)
            + " SET state = ?, phase = ?, attempt = ?, resume_after = ?, next_chunk = ?,"
            + " estimated_rows = ?, checked = ?, mended = ?, removed = ?, refused = ?, message = ?,"
            + " begun_ms = COALESCE(begun_ms, ?), done_ms = ?"
            + " WHERE sync = ? AND id = ? AND state IN ('ASKED', 'RUNNING')";
    return run(
        "writing pi_dts_resync",
        on -> {
          long now = System.currentTimeMillis();
          try (PreparedStatement statement = on.prepareStatement(sql)) {
            statement.setString(1, request.state().name());
            statement.setString(2, request.phase().name());
            statement.setInt(3, request.round());
            statement.setString(4, request.resumeAfter().orElse(null));
            statement.setInt(5, request.nextChunk());
            statement.setLong(6, request.estimatedRows());
            statement.setLong(7, request.counts().checked());
            statement.setLong(8, request.counts().mended());
            statement.setLong(9, request.counts().removed());
            statement.setLong(10, request.counts().refused());
            statement.setString(11, request.message());
            statement.setLong(12, now);
            statement.setObject(
                13, request.state().isOpen() ? null : (Object) now, java.sql.Types.BIGINT);
            statement.setString(14, sync);
            statement.setLong(15, request.id());
            return statement.executeUpdate() == 1;
          }
        });
  }

  @Override
  public Set<ChunkId> done(Collection<ChunkId> chunks) {
    return copies.done(chunks).keySet();
  }

  @Override
  public Map<ChunkId, Long> refused(Collection<ChunkId> chunks) {
    Map<ChunkId, Long> refused = new HashMap<>();
    byTable(chunks)
        .forEach(
            (table, numbers) ->
                run(
                    "reading pi_dts_resync_row",
                    on -> {
                      String sql =
                          "SELECT chunk, COUNT(*) FROM "
                              + tables.name(ControlTables.RESYNC_ROW)
                              + " WHERE sync = ? AND db = ? AND tab = ? AND chunk IN ("
                              + numbers
                              + ") GROUP BY chunk";
                      try (PreparedStatement statement = on.prepareStatement(sql)) {
                        name(statement, 1, table);
                        try (ResultSet row = statement.executeQuery()) {
                          while (row.next()) {
                            refused.put(new ChunkId(table, row.getInt(1)), row.getLong(2));
                          }
                        }
                      }
                      return null;
                    }));
    return refused;
  }

  @Override
  public Unsettled unsettled() {
    return run(
        "counting what is not settled",
        on ->
            new Unsettled(
                count(on, ControlTables.CONFLICT, " AND state = 'OPEN'"),
                count(on, ControlTables.LOCK, ""),
                count(on, ControlTables.ASIDE, ""),
                count(on, ControlTables.DEAD_LETTER, " AND retried IS NULL")));
  }

  private long count(Connection on, String table, String condition) throws SQLException {
    String sql = "SELECT COUNT(*) FROM " + tables.name(table) + " WHERE sync = ?" + condition;
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static Map<TableId, String> byTable(Collection<ChunkId> chunks) {
    return chunks.stream()
        .collect(
            Collectors.groupingBy(
                ChunkId::table,
                Collectors.mapping(c -> String.valueOf(c.number()), Collectors.joining(", "))));
  }

  @Override
  public void forget(Collection<ChunkId> chunks) {
    byTable(chunks)
        .forEach(
            (id, numbers) ->
                run(
                    "writing pi_dts_copy",
                    on -> {
                      String sql =
                          "DELETE FROM "
                              + tables.name(ControlTables.COPY)
                              + " WHERE sync = ? AND db = ? AND tab = ? AND chunk IN ("
                              + numbers
                              + ")";
                      try (PreparedStatement statement = on.prepareStatement(sql)) {
                        name(statement, 1, id);
                        statement.executeUpdate();
                      }
                      return null;
                    }));
  }

  /**
   * Why rows of a table were refused, each row once.
   *
   * @param request by this request and later ones
   */
  public List<String> refusedRows(TableId table, long request, int count) {
    return run(
        "reading pi_dts_resync_row",
        on -> {
          Map<String, String> rows = new LinkedHashMap<>();
          String sql =
              "SELECT row_key, reason FROM "
                  + tables.name(ControlTables.RESYNC_ROW)
                  + " WHERE sync = ? AND db = ? AND tab = ? AND refused_ms >= (SELECT begun_ms FROM "
                  + tables.name(ControlTables.RESYNC)
                  + " WHERE id = "
                  + request
                  + ") ORDER BY refused_ms DESC LIMIT 1000";
          try (PreparedStatement statement = on.prepareStatement(sql)) {
            name(statement, 1, table);
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                rows.putIfAbsent(row.getString(1), row.getString(2));
              }
            }
          }
          return rows.entrySet().stream()
              .limit(count)
              .map(row -> row.getKey() + ": " + row.getValue())
              .toList();
        });
  }

  private void name(PreparedStatement statement, int from, TableId table) throws SQLException {
    statement.setString(from, sync);
    statement.setString(from + 1, table.database());
    statement.setString(from + 2, table.table());
  }

  @Override
  public CopyLedger.Control control() {
    return copies.control();
  }

  @Override
  public Optional<String> overload(CopyLimits limits) {
    return copies.overload(limits);
  }

  private void closeConnection() {
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

  @Override
  public void close() {
    closeConnection();
    copies.close();
  }
}
