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
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.resync.KeyLookup;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import io.piplan.dts.verify.DiffResult;
import io.piplan.dts.verify.RowCheck;
import io.piplan.dts.verify.RowDifference;
import io.piplan.meta.RowVersion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts together what both sides and the {@code pi_dts_*} tables say of a row. */
final class RowHistoryReader {
  private static final int DEAD_LETTERS = 10_000;

  /** 2000 to 2100, in microseconds and in milliseconds. */
  private static final long FIRST_MICROS = 946_684_800_000_000L;

  private static final long LAST_MICROS = 4_102_444_800_000_000L;

  private final SyncPlan plan;
  private final TableSchema schema;
  private final String targetTable;
  private final ControlTables tables;

  RowHistoryReader(SyncPlan plan, TableSchema schema, String targetTable) {
    this.plan = plan;
    this.schema = schema;
    this.targetTable = targetTable;
    boolean postgres = plan.target() instanceof PostgresServer;
    this.tables =
        new ControlTables(
            postgres, plan.targetSchema(), postgres ? PostgresNames::quote : MySqlNames::quote);
  }

  /**
   * @param key a row that needs to have its key only
   * @param compared what a diff says of the row
   * @param log what the source's binlog says of it; null if nobody asked
   */
  RowHistory read(Row key, DiffResult compared, RowLog log) {
    Optional<Row> source = source(key);
    Map<String, String> shownSource;
    Optional<Map<String, String>> shownTarget;
    Optional<String> owner;
    try (RowCheck check =
        new RowCheck(
            new DatabaseRef(plan.source(), schema.id().database()),
            new DatabaseRef(plan.target(), plan.targetSchema()),
            schema,
            targetTable,
            Optional.empty(),
            true)) {
      shownSource = source.map(check::shownA).orElse(null);
      shownTarget = check.shownB(source.orElse(key));
      owner =
          source
              .or(() -> check.rowsB(List.of(key)).values().stream().findFirst())
              .flatMap(row -> plan.sites().owner(schema, row));
    }
    RowLocks locks = new RowLocks(plan.target(), plan.targetSchema());
    Optional<LockedRow> lock = locks.lock(plan.name(), schema, source.orElse(key));
    try (Connection target = plan.target().connect(Side.TARGET)) {
      return new RowHistory(
          plan.name(),
          schema.id().toString(),
          targetTable,
          keyOf(key),
          shownSource,
          shownTarget.orElse(null),
          comparison(compared, source.isPresent(), shownTarget.isPresent()),
          differences(compared),
          owner.orElse(null),
          shownTarget.flatMap(RowHistoryReader::version).orElse(null),
          applied(target, key),
          lock.map(RowHistoryReader::shown).orElse(null),
          lock.map(locks::aside).orElse(List.of()).stream()
              .map(
                  change ->
                      new RowHistory.Aside(
                          change.op().name(), change.lsn().toString(), time(change.sourceMillis())))
              .toList(),
          conflicts(target, key),
          deadLetters(target, key),
          tombstone(target, key),
          refusedAgain(target, key),
          log);
    } catch (SQLException e) {
      throw new DtsException(
          DtsError.TARGET_FAILED,
          "reading the pi_dts_* tables of "
              + plan.target().address()
              + " failed: "
              + e.getMessage(),
          "check the target, and that the sync's user may read them",
          e);
    }
  }

  private Optional<Row> source(Row key) {
    try (Connection connection = plan.source().connect(Side.SOURCE)) {
      KeyLookup found = KeyLookup.of(connection, CopiedTable.of(schema), List.of(key), true);
      return found.exactly(key).or(() -> found.alike(key));
    } catch (SQLException e) {
      throw CopyFailure.of(schema.id(), "reading", e);
    }
  }

  private Map<String, String> keyOf(Row key) {
    Map<String, String> shown = new LinkedHashMap<>();
    for (int index : schema.keyIndexes()) {
      shown.put(schema.columns().get(index).name(), key.text(index));
    }
    return shown;
  }

  private static String comparison(DiffResult compared, boolean atSource, boolean atTarget) {
    if (!atSource && !atTarget) {
      return "on neither side";
    }
    if (compared.differences() == 0) {
      return compared.moving() > 0 ? "changing on both sides" : "the same on both sides";
    }
    return atSource ? atTarget ? "different" : "at the source only" : "at the target only";
  }

  private static List<String> differences(DiffResult compared) {
    List<String> columns = new ArrayList<>();
    for (RowDifference row : compared.sample()) {
      row.columns()
          .forEach(column -> columns.add(column.column() + ": " + column.a() + ", " + column.b()));
    }
    return columns;
  }

  private static Optional<RowHistory.Version> version(Map<String, String> target) {
    String value = target.get(RowVersion.COLUMN);
    if (value == null || value.startsWith("-")) {
      return Optional.empty();
    }
    RowVersion version = RowVersion.decode(Long.parseLong(value));
    return Optional.of(
        new RowHistory.Version(
            RowVersion.COLUMN,
            version.zone(),
            version.clock(),
            clockTime(version.clock()),
            version.locked()));
  }

  /** Clocks may be microseconds or milliseconds of the epoch, or just numbers. */
  private static String clockTime(long clock) {
    if (clock >= FIRST_MICROS && clock < LAST_MICROS) {
      return Instant.ofEpochSecond(clock / 1_000_000, clock % 1_000_000 * 1_000).toString();
    }
    return clock >= FIRST_MICROS / 1_000 && clock < LAST_MICROS / 1_000
        ? Instant.ofEpochMilli(clock).toString()
        : null;
  }

  private static RowHistory.Lock shown(LockedRow lock) {
    return new RowHistory.Lock(lock.state().name(), lock.conflict(), time(lock.sinceMillis()));
  }

  private static String time(long millis) {
    return millis <= 0 ? null : Instant.ofEpochMilli(millis).toString();
  }

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private <T> List<T> query(
      Connection target, String table, String sql, Reader<T> reader, Object... values)
      throws SQLException {
    List<T> found = new ArrayList<>();
    if (!exists(target, table)) {
      return found;
    }
    try (PreparedStatement statement = target.prepareStatement(sql.formatted(tables.name(table)))) {
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
  }

  private boolean exists(Connection target, String table) throws SQLException {
    String sql =
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
    try (PreparedStatement statement = target.prepareStatement(sql)) {
      statement.setString(1, plan.targetSchema());
      statement.setString(2, table);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
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

  private RowHistory.Applied applied(Connection target, Row key) throws SQLException {
    int lane = plan.lanes().lane(schema, key);
    return query(
            target,
            ControlTables.PROGRESS,
            "SELECT writer, file, pos, event, row_no, source_ms, applied_ms FROM %s WHERE sync = ?"
                + " AND first_lane <= ? AND end_lane > ? ORDER BY applied_ms DESC",
            row ->
                new RowHistory.Applied(
                    lane, row.getInt(1), place(row, 2), time(row.getLong(6)), time(row.getLong(7))),
            plan.name(),
            lane,
            lane)
        .stream()
        .findFirst()
        .orElse(null);
  }

  private List<RowHistory.Conflict> conflicts(Connection target, Row key) throws SQLException {
    return query(
        target,
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
                time(row.getLong(9)),
                row.getString(10)),
        plan.name(),
        schema.id().database(),
        schema.id().table(),
        RowJson.key(schema, key));
  }

  /** The newest of the table are looked through: they are found by no key. */
  private List<RowHistory.DeadLetter> deadLetters(Connection target, Row key) throws SQLException {
    String hash = RowIdentity.lock(schema, key);
    return query(
            target,
            ControlTables.DEAD_LETTER,
            "SELECT op, reason, file, pos, event, row_no, refused_ms, retried, before_row, after_row"
                + " FROM %s WHERE sync = ? AND db = ? AND tab = ? ORDER BY id DESC LIMIT "
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
        time(row.getLong(7)),
        retried == 0 ? null : (retried < 0 ? "superseded " : "applied ") + time(Math.abs(retried)));
  }

  private RowHistory.Tombstone tombstone(Connection target, Row key) throws SQLException {
    return query(
            target,
            ControlTables.TOMBSTONE,
            "SELECT version, deleted_ms FROM %s WHERE tab = ? AND key_hash = ?",
            row -> new RowHistory.Tombstone(row.getString(1), time(row.getLong(2))),
            targetTable,
            RowIdentity.exact(schema, key))
        .stream()
        .findFirst()
        .orElse(null);
  }

  private List<String> refusedAgain(Connection target, Row key) throws SQLException {
    return query(
        target,
        ControlTables.RESYNC_ROW,
        "SELECT reason, refused_ms FROM %s WHERE sync = ? AND db = ? AND tab = ? AND row_key = ?"
            + " ORDER BY refused_ms",
        row -> time(row.getLong(2)) + " " + row.getString(1),
        plan.name(),
        schema.id().database(),
        schema.id().table(),
        RowJson.key(schema, key));
  }
}
