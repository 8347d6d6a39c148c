package io.piplan.dts.job;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.DtsException;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StartPosition;
import io.piplan.dts.TableFilter;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.RowIdentity;
import io.piplan.dts.binlog.LoggedTable;
import io.piplan.dts.ddl.TrackedTables;
import io.piplan.dts.flink.BinlogOptions;
import io.piplan.dts.flink.BinlogScan;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.resync.CanonicalKey;
import io.piplan.dts.schema.LiveSchemaProvider;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Looks in the source's binlog for the last changes of one row. Reads it once, from a given place
 * to its end, and keeps only the newest changes.
 */
public final class RowLogReader {
  private static final int KEPT = 20;
  private static final int SHOWN = 1_000;
  private static final long MEGABYTE = 1_000_000;

  /** Ids that hardly anybody gives to a replica; needed for a moment to look for a time. */
  private static final long FIRST_ID = 1_000_000_000L;

  private static final long LAST_ID = 2_000_000_000L;

  private final MySqlServer source;
  private final TableSchema schema;
  private final SchemaProvider schemas;
  private final TrackedTables.Names names;

  /**
   * @param schema the table as it is now
   * @param schemas the table as it was at each place, as far as that is known
   */
  private RowLogReader(
      MySqlServer source, TableSchema schema, SchemaProvider schemas, TrackedTables.Names names) {
    this.source = source;
    this.schema = schema;
    this.schemas = schemas;
    this.names = names;
  }

  /** Of a table that has been called as now all the time, as far as anybody knows. */
  RowLogReader(MySqlServer source, TableSchema schema, SchemaProvider schemas) {
    this(
        source,
        schema,
        schemas,
        new TrackedTables.Names(Set.of(schema.id()), place -> schema.id()));
  }

  /**
   * Of a table of a sync: what it was like earlier, and what it was called, is known if its changes
   * are followed.
   */
  static RowLogReader of(SyncPlan plan, TableSchema schema) {
    LiveSchemaProvider live = new LiveSchemaProvider(plan.source(), Map.of());
    if (plan.options().ddl().isEmpty()) {
      return new RowLogReader(plan.source(), schema, live);
    }
    TrackedTables tracked =
        new TrackedTables(plan.target(), plan.targetSchema(), plan.name(), plan.names());
    return new RowLogReader(
        plan.source(), schema, new Past(tracked, live), tracked.names(schema.id()));
  }

  /**
   * The log of a row of any database.
   *
   * @param key the row's key, as a person has typed it
   * @return null if the server has no binlog, or nothing is to be read
   * @throws DtsException if there is no such table, or the key is none of it
   */
  public static RowLog read(
      DatabaseRef database,
      String table,
      List<String> key,
      LogRange range,
      Consumer<RowLog.Progress> progress) {
    if (range.isNothing() || !(database.server() instanceof MySqlServer listed)) {
      return null;
    }
    MySqlServer server = listed.chosen();
    LiveSchemaProvider live = new LiveSchemaProvider(server, Map.of());
    TableSchema schema = live.schema(new TableId(database.schema(), table));
    return new RowLogReader(server, schema, live)
        .read(CanonicalKey.typed(schema, key), range, progress);
  }

  /** A table as its sync has seen it, and as it is now where that is not known. */
  private record Past(TrackedTables tracked, SchemaProvider live) implements SchemaProvider {
    @Override
    public TableSchema schema(TableId table) {
      return live.schema(table);
    }

    @Override
    public TableSchema schema(TableId table, Lsn at) {
      return tracked
          .find(table, at)
          .map(found -> found.definition().schema())
          .orElseGet(() -> live.schema(table));
    }
  }

  /**
   * @param key a row that needs to have its key only
   * @return null if nothing is to be read
   */
  RowLog read(Row key, LogRange range, Consumer<RowLog.Progress> progress) {
    if (range.isNothing()) {
      return null;
    }
    Found found = new Found(key);
    LoggedTable table = new LoggedTable(names.all(), names.at(), schemas, found);
    BinlogScan scan = new BinlogScan(options(), table);
    BinlogScan.Part part = null;
    try {
      part =
          range.since().map(scan::since).orElseGet(() -> scan.newest(range.megabytes() * MEGABYTE));
      long all = part.bytes();
      found.notBeforeMillis = part.notBeforeMillis();
      scan.read(
          part,
          (change, gtid, ofSync) -> {
            if (table.isIt(change.table(), change.lsn())) {
              found.change(table.latest(change.table()), change, gtid, ofSync);
            }
          },
          bytes -> {
            found.bytes = bytes;
            progress.accept(new RowLog.Progress(bytes, all));
          });
    } catch (DtsException e) {
      found.problem = e.problem();
    }
    return found.log(part, source);
  }

  private BinlogOptions options() {
    return new BinlogOptions(
        source,
        ThreadLocalRandom.current().nextLong(FIRST_ID, LAST_ID),
        new StartPosition.Latest(),
        new Only(names.all()),
        new LiveSchemaProvider(source, Map.of()));
  }

  private record Only(Set<TableId> tables) implements TableFilter {
    @Override
    public boolean includes(TableId other) {
      return tables.contains(other);
    }

    @Override
    public boolean includesDatabase(String database) {
      return tables.stream().anyMatch(table -> table.database().equals(database));
    }
  }

  private final class Found implements LoggedTable.Listener {
    private final String identity;
    private final Deque<RowLog.Change> newest = new ArrayDeque<>();
    private long count;
    private long bytes;
    private long notBeforeMillis;
    private String problem;

    Found(Row key) {
      identity = RowIdentity.lock(schema, key);
    }

    void change(TableSchema then, ChangeEvent change, String gtid, boolean ofSync) {
      if (is(then, change.before()) || is(then, change.after())) {
        count++;
        keep(
            new RowLog.Change(
                change.op().name(),
                change.lsn().toString(),
                gtid,
                Instant.ofEpochMilli(change.sourceMillis()).toString(),
                ofSync,
                shown(then, change.before()),
                shown(then, change.after()),
                null));
      }
    }

    private boolean is(TableSchema then, Row row) {
      return row != null && identity.equals(RowIdentity.lock(then, row));
    }

    @Override
    public void statement(LoggedStatement statement, Lsn at) {
      long millis = statement.micros() / 1_000;
      if (millis >= notBeforeMillis) {
        keep(
            new RowLog.Change(
                "TABLE",
                at.toString(),
                null,
                Instant.ofEpochMilli(millis).toString(),
                statement.bySync(),
                null,
                null,
                statement.shortened()));
      }
    }

    @Override
    public void unreadable(DtsException reason) {
      problem = problem == null ? "rows left out: " + reason.problem() : problem;
    }

    private void keep(RowLog.Change change) {
      newest.add(change);
      if (newest.size() > KEPT) {
        newest.remove();
      }
    }

    RowLog log(BinlogScan.Part part, MySqlServer server) {
      return new RowLog(
          part == null ? null : place(part.from(), server),
          part == null ? null : place(part.to(), server),
          bytes,
          count,
          List.copyOf(newest),
          problem);
    }

    private static String place(Lsn lsn, MySqlServer server) {
      return Lsn.boundary(server.timeline().file(lsn.file()), lsn.position()).toString();
    }
  }

  /** Null for no row. */
  private static Map<String, String> shown(TableSchema then, Row row) {
    if (row == null) {
      return null;
    }
    Map<String, String> shown = new LinkedHashMap<>();
    for (int i = 0; i < then.columns().size(); i++) {
      Column column = then.columns().get(i);
      shown.put(column.name(), shown(column, row.value(i)));
    }
    return shown;
  }

  private static String shown(Column column, byte[] value) {
    if (value == null) {
      return null;
    }
    String text =
        column.type().isRaw()
            ? "0x" + HexFormat.of().formatHex(value, 0, Math.min(value.length, SHOWN / 2))
            : new String(value, StandardCharsets.UTF_8);
    boolean whole = column.type().isRaw() ? value.length <= SHOWN / 2 : text.length() <= SHOWN;
    return whole
        ? text
        : text.substring(0, Math.min(text.length(), SHOWN)) + "… (" + value.length + " bytes)";
  }
}
