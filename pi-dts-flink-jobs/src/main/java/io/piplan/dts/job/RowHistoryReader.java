package io.piplan.dts.job;

import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.hive.HiveRowLog;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.resync.KeyLookup;
import io.piplan.dts.verify.DiffResult;
import io.piplan.dts.verify.RowCheck;
import io.piplan.dts.verify.RowDifference;
import io.piplan.meta.RowVersion;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts together what both sides, and the sync's own records at the target, say of a row. */
final class RowHistoryReader {
  /** 2000 to 2100, in microseconds and in milliseconds. */
  private static final long FIRST_MICROS = 946_684_800_000_000L;

  private static final long LAST_MICROS = 4_102_444_800_000_000L;

  private final SyncPlan plan;
  private final TableSchema schema;
  private final String targetTable;

  RowHistoryReader(SyncPlan plan, TableSchema schema, String targetTable) {
    this.plan = plan;
    this.schema = schema;
    this.targetTable = targetTable;
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
    List<RowHistory.LoggedAtTarget> targetLog;
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
      targetLog = targetLog(check, source.orElse(key));
    }
    try (RowRecords records = records(key, source)) {
      RowHistory.Writer writer = records.writer();
      List<RowHistory.Aside> aside = records.aside();
      List<RowHistory.DeadLetter> refused = records.deadLetters();
      List<RowHistory.Conflict> conflicts = records.conflicts();
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
          LastChanges.of(log, writer, aside, refused, conflicts),
          writer,
          records.lock(),
          aside,
          conflicts,
          refused,
          records.tombstone(),
          records.refusedAgain(),
          targetLog,
          log);
    }
  }

  private RowRecords records(Row key, Optional<Row> source) {
    return plan.target() instanceof HiveServer hive
        ? new HiveRowRecords(plan, hive, schema, key)
        : new DatabaseRowRecords(plan, schema, targetTable, key, source);
  }

  /** Hive keeps a log of its own. */
  private List<RowHistory.LoggedAtTarget> targetLog(RowCheck check, Row key) {
    return plan.target() instanceof HiveServer hive
        ? HiveRowLog.read(hive, plan.targetSchema(), targetTable, check.whereB(key)).stream()
            .map(
                change -> new RowHistory.LoggedAtTarget(change.op(), change.place(), change.time()))
            .toList()
        : List.of();
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
}
