package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChunkId;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.WriterMetrics;
import io.piplan.dts.apply.WriterProgress;
import io.piplan.dts.hive.HiveMaintenance.Settings;
import io.piplan.dts.sql.HiveOptions.Layout;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Child rows that a copy has read before their parent was deleted, and that come into the log when
 * the end of the parent is merged already.
 */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HiveChildRowsIT {
  private static final TableId PARENT = new TableId("src", "parent");
  private static final TableId CHILD = new TableId("src", "child");
  private static final Lsn SNAPSHOT = Lsn.boundary("binlog.000001", 145);

  private final EmbeddedHive hive;

  HiveChildRowsIT(Servers servers) {
    this.hive = servers.hive();
  }

  private static TableSchema schema(TableId id, List<ForeignKey> keys, String... columns) {
    List<Column> all = new ArrayList<>();
    for (String column : columns) {
      all.add(Column.of(column, ColumnType.INT, "int", !column.equals("id")));
    }
    return new TableSchema(
        id, all, List.of("id"), List.of(new UniqueKey("PRIMARY", List.of("id"))), keys, "");
  }

  /** Two tables in a database of their own. */
  private final class Tables {
    private final String database = hive.createDatabase("children");
    private final HiveBench bench = new HiveBench(hive, database, "other", Layout.MERGE);
    private final TableMapping parent;
    private final TableMapping child;

    Tables(ForeignKey.Action onDelete) {
      ForeignKey key =
          new ForeignKey(
              "fk", List.of("p"), PARENT, List.of("id"), onDelete, ForeignKey.Action.RESTRICT);
      try (HiveTables tables = new HiveTables(bench.server(), bench.options())) {
        parent =
            tables.mapping(schema(PARENT, List.of(), "id"), new TableId(database, "parent"), true);
        child =
            tables.mapping(
                schema(CHILD, List.of(key), "id", "p"), new TableId(database, "child"), true);
      }
    }

    TableMapping of(TableId table) {
      return table.equals(PARENT) ? parent : child;
    }

    HiveSession session() {
      return new HiveSession(
          new HiveTarget(bench.server(), database, bench.options()), Steps.UNWATCHED);
    }

    void merge(Duration keepLog) {
      Settings settings =
          new Settings(
              Set.of("child"), keepLog, Duration.ofDays(1), Duration.ofSeconds(20), Duration.ZERO);
      try (HiveMaintenance maintenance =
          new HiveMaintenance(bench.server(), database, Steps.UNWATCHED, Duration.ofMillis(300))) {
        assertThat(maintenance.run(settings, done -> {}).get(0).postponed()).isEmpty();
      }
    }

    List<String> children() throws SQLException {
      List<String> found = new ArrayList<>();
      try (Connection connection = hive.connect(database);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT id, p FROM child ORDER BY id")) {
        while (rows.next()) {
          found.add(rows.getString(1) + " " + rows.getString(2));
        }
      }
      return found;
    }
  }

  private static ChangeEvent change(TableId table, Op op, long position, String... values) {
    Row row = Row.of(values);
    return new ChangeEvent(
        table,
        0,
        op,
        op == Op.INSERT ? null : row,
        op == Op.INSERT ? row : null,
        new Lsn("binlog.000001", position, 1, 1),
        Lsn.START,
        1000);
  }

  private static final PackedRows COPIED =
      PackedRows.of(List.of(Row.of("10", "1"), Row.of("11", "2")));

  /** The writer knows what was deleted: nothing of the log is needed for that. */
  @Test
  void aWriterRemembersWhatEnded() throws SQLException {
    Tables tables = new Tables(ForeignKey.Action.SET_NULL);
    try (ApplyWriter writer =
        new ApplyWriter(
            tables.bench.options("s"),
            tables.session(),
            tables::of,
            new WriterMetrics(),
            Clock.systemUTC(),
            Set.of())) {
      writer.write(change(PARENT, Op.INSERT, 110, "1"));
      writer.write(change(PARENT, Op.INSERT, 120, "2"));
      writer.write(change(CHILD, Op.INSERT, 130, "5", "2"));
      writer.write(change(PARENT, Op.DELETE, 150, "1"));
      writer.prepare();
      writer.commitPrepared();
      tables.merge(Duration.ZERO);
      writer.write(new CopyBatch(new ChunkId(CHILD, 0), 0, SNAPSHOT, SNAPSHOT, 0, COPIED));
      writer.prepare();
      writer.commitPrepared();
      tables.merge(Duration.ofDays(1));
    }
    assertThat(tables.children()).containsExactly("5 2", "10 null", "11 2");
  }

  /** Whatever brought such a row into the log, the ends that the log has count for it. */
  @Test
  void endsOfBeforeCountForRowsThatComeLate() throws SQLException {
    Tables tables = new Tables(ForeignKey.Action.CASCADE);
    try (HiveSession session = tables.session()) {
      session.prepare();
      session.takeOver("s", 0, 1, Set.of());
      session.map(tables.parent);
      session.map(tables.child);
      session.apply(
          List.of(change(CHILD, Op.INSERT, 130, "5", "2"), change(PARENT, Op.DELETE, 150, "1")));
      session.commit(WriterProgress.at(new Lsn("binlog.000001", 150, 1, 1), 1000));
      session.commitPrepared();
      tables.merge(Duration.ofDays(1));
      session.load(tables.child, COPIED, SNAPSHOT);
      session.commit(WriterProgress.at(new Lsn("binlog.000001", 160, 1, 1), 1000));
      session.commitPrepared();
      tables.merge(Duration.ofDays(1));
    }
    assertThat(tables.children()).containsExactly("5 2", "11 2");
  }
}
