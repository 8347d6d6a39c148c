package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.LockedRow;
import io.piplan.dts.apply.RowIdentity;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link RowRecords} in the {@code pi_dts_*} tables of a MySQL or PostgreSQL. */
final class DatabaseRowRecords implements RowRecords {
  private static final int DEAD_LETTERS = 10_000;

  private final SyncPlan plan;
  private final TableSchema schema;
  private final String targetTable;
  private final Row key;
  private final ControlTables tables;
  private final RowLocks locks;
  private final Optional<LockedRow> lock;
  private final Connection target;

  /**
   * @param key a row that needs to have its key only
   * @param source the source's row, which may spell the key otherwise
   */
  DatabaseRowRecords(
      SyncPlan plan, TableSchema schema, String targetTable, Row key, Optional<Row> source) {
    boolean postgres = plan.target() instanceof PostgresServer;
    this.plan = plan;
    this.schema = schema;
    this.targetTable = targetTable;
    this.key = key;
    this.tables =
        new ControlTables(
            postgres, plan.targetSchema(), postgres ? PostgresNames::quote : MySqlNames::quote);
    this.locks = new RowLocks(plan.target(), plan.targetSchema());
    this.lock = locks.lock(plan.name(), schema, source.orElse(key));
    this.target = plan.target().connect(Side.TARGET);
  }

  @Override
  public RowHistory.Lock lock() {
    return lock.map(
            found ->
                new RowHistory.Lock(
                    found.state().name(), found.conflict(), RowHistory.time(found.sinceMillis())))
        .orElse(null);
  }

  @Override
  public List<RowHistory.Aside> aside() {
    return lock.map(locks::aside).orElse(List.of()).stream()
        .map(
            change ->
                new RowHistory.Aside(
                    change.op().name(),
                    change.lsn().toString(),
                    RowHistory.time(change.sourceMillis())))
        .toList();
  }

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private <T> List<T> query(String table, String sql, Reader<T> reader, Object... values) {
    List<T> found = new ArrayList<>();
    try {
      if (!tables.exists(target, table)) {
        return found;
      }
      try (PreparedStatement statement =
          target.prepareStatement(sql.formatted(tables.name(table)))) {
        for (int i = 0; i < values.length; i++) {
          statement.setObject(i + 1, values[i]);
        }
        try (ResultSet row = statement.executeQuery()) {
          while (row.next()) {
            found.add(reader.read(row));
          }
        }
      }
      return found;
    } catch (SQLException e) {
      throw new DtsException(
          DtsError.TARGET_FAILED,
          "reading " + table + " of " + plan.target().address() + " failed: " + e.getMessage(),
          "check the target, and that the sync's user may read the pi_dts_* tables",
          e);
    }
  }

  private static String place(ResultSet row, int from) throws SQLException {
    return new Lsn(
            row.getString(from),
            row.getLong(from + 1),
            row.getLong(from + 2),
            row.getLong(from + 3))
        .toString();
  }

  /** Keys that came since the sync was started don't count, unless it follows them. */
  private int lane() {
    return plan.options().ddl().isPresent()
        ? plan.lanes().lane(schema, key)
        : SourceHistory.of(plan).lanes().lane(plan.lanes(), schema, key);
  }

  @Override
  public RowHistory.Writer writer() {
    int lane = lane();
    return query(
            ControlTables.PROGRESS,
            "SELECT writer, file, pos, event, row_no, source_ms, applied_ms FROM %s WHERE sync = ?"
                + " AND first_lane <= ? AND end_lane > ? ORDER BY applied_ms DESC",
            row ->
                new RowHistory.Writer(
                    lane,
                    row.getInt(1),
                    place(row, 2),
                    RowHistory.time(row.getLong(6)),
                    RowHistory.time(row.getLong(7))),
            plan.name(),
            lane,
            lane)
        .stream()
        .findFirst()
        .orElse(null);
  }

  @Override
  public List<RowHistory.Conflict> conflicts() {
    return query(
        ControlTables.CONFLICT,
        "SELECT id, kind, op, reason, file, pos, event, row_no, found_ms, state FROM %s"
            + " WHERE sync = ? AND db = ? AND tab = ? AND row_key = ? ORDER BY id",
        row ->
            new RowHistory.Conflict(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                place(row, 5),
                RowHistory.time(row.getLong(9)),
                row.getString(10)),
        plan.name(),
        schema.id().database(),
        schema.id().table(),
        RowJson.key(schema, key));
  }

  // The newest of the table are looked through: they are found by no key.
  @Override
  public List<RowHistory.DeadLetter> deadLetters() {
    String hash = RowIdentity.lock(schema, key);
    return query(
            ControlTables.DEAD_LETTER,
            "SELECT op, reason, file, pos, event, row_no, refused_ms, retried, before_row,"
                + " after_row FROM %s WHERE sync = ? AND db = ? AND tab = ? ORDER BY id DESC LIMIT "
                + DEAD_LETTERS,
            row -> {
              String image = row.getString(9) == null ? row.getString(10) : row.getString(9);
              boolean same = RowIdentity.lock(schema, RowJson.read(schema, image)).equals(hash);
              return same ? deadLetter(row) : null;
            },
            plan.name(),
            schema.id().database(),
            schema.id().table())
        .stream()
        .filter(letter -> letter != null)
        .toList();
  }

  private static RowHistory.DeadLetter deadLetter(ResultSet row) throws SQLException {
    long retried = row.getLong(8);
    return new RowHistory.DeadLetter(
        row.getString(1),
        row.getString(2),
        place(row, 3),
        RowHistory.time(row.getLong(7)),
        retried == 0
            ? null
            : (retried < 0 ? "superseded " : "applied ") + RowHistory.time(Math.abs(retried)));
  }

  @Override
  public RowHistory.Tombstone tombstone() {
    return query(
            ControlTables.TOMBSTONE,
            "SELECT version, deleted_ms FROM %s WHERE tab = ? AND key_hash = ?",
            row -> new RowHistory.Tombstone(row.getString(1), RowHistory.time(row.getLong(2))),
            targetTable,
            RowIdentity.exact(schema, key))
        .stream()
        .findFirst()
        .orElse(null);
  }

  @Override
  public List<String> refusedAgain() {
    return query(
        ControlTables.RESYNC_ROW,
        "SELECT reason, refused_ms FROM %s WHERE sync = ? AND db = ? AND tab = ? AND row_key = ?"
            + " ORDER BY refused_ms",
        row -> RowHistory.time(row.getLong(2)) + " " + row.getString(1),
        plan.name(),
        schema.id().database(),
        schema.id().table(),
        RowJson.key(schema, key));
  }

  @Override
  public void close() {
    try {
      target.close();
    } catch (SQLException e) {
      // Nothing was written; the server drops what is left of the session.
      return;
    }
  }
}
