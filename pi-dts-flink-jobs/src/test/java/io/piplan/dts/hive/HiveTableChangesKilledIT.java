package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.ddl.ColumnEdit;
import io.piplan.dts.ddl.TextTarget.Move;
import io.piplan.dts.hive.HiveBench.Killed;
import io.piplan.dts.hive.HiveBench.Lives;
import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.hive.HiveMaintenance.Settings;
import io.piplan.dts.sql.HiveOptions.Layout;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whoever changes a table is killed before each single step of that, and the change is asked for
 * again: it is done once.
 */
@Tag("chaos")
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HiveTableChangesKilledIT {
  private static final String PLACE = "0001.0000000001.0000000005000.0000000000.0000000000";
  private static final Duration SILENCE = Duration.ofMillis(300);
  private static final Settings NOW =
      new Settings(
          Set.of(), Duration.ofDays(1), Duration.ofDays(1), Duration.ofSeconds(20), Duration.ZERO);

  private final EmbeddedHive hive;
  private final String database;
  private int tables;

  HiveTableChangesKilledIT(Servers servers) {
    this.hive = servers.hive();
    this.database = hive.createDatabase("changes");
  }

  /** A table with three rows, and who changes it. */
  private final class Bench {
    final String name = "t" + tables++;
    final HiveBench rows;
    final TableId id = new TableId(database, name);
    private int last;

    Bench(int first) {
      this(first, Layout.CHANGELOG);
    }

    Bench(int first, Layout layout) {
      rows = new HiveBench(hive, database, name, layout);
      last = first - 1;
      write(3);
    }

    /** Writes rows with the next numbers. */
    void write(int more) {
      ApplyWriter writer = rows.writer(0, 1, Set.of(), Steps.UNWATCHED);
      for (int i = 0; i < more; i++) {
        last++;
        writer.write(rows.insert(last, last * 10, last % 2));
      }
      assertThat(writer.prepare()).isPresent();
      writer.commitPrepared();
      writer.close();
    }

    Result maintain() {
      try (HiveMaintenance maintenance = rows.maintenance(Steps.UNWATCHED)) {
        return maintenance.run(NOW.withTables(Set.of(name)), done -> {}).get(0);
      }
    }

    /** Its rows; of a log as its files have them, which HiveServer2 would take seconds for. */
    List<String> now() throws IOException, SQLException {
      return rows.options().layout() == Layout.CHANGELOG ? rows.state() : read("id, v, p");
    }

    /** What HiveServer2 reads, each row in one text. */
    List<String> read(String columns) throws SQLException {
      try (Connection connection = hive.connect(database);
          Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery("SELECT " + columns + " FROM " + name)) {
        List<String> found = new ArrayList<>();
        while (result.next()) {
          StringBuilder row = new StringBuilder(result.getString(1));
          for (int i = 2; i <= result.getMetaData().getColumnCount(); i++) {
            row.append(' ').append(result.getString(i));
          }
          found.add(row.toString());
        }
        found.sort(Comparator.comparing(row -> Integer.valueOf(row.split(" ", 2)[0])));
        return found;
      }
    }

    Optional<Table> find(TableId table) {
      try (HiveAccess access = new HiveAccess(rows.server())) {
        return access.metastore().find(table);
      }
    }

    SyncedTable table() {
      return SyncedTable.of(find(HiveNames.log(id)).orElseThrow());
    }
  }

  /** What is done to a table by who is killed. */
  private interface Change {
    List<String> run(
        HiveAccess access, StateFiles files, TableFolder marks, FoundTable found, TableLease lease);
  }

  private void change(Bench bench, Steps steps, Change change) throws InterruptedException {
    try (HiveAccess access = new HiveAccess(bench.rows.server(), steps)) {
      Path location = access.metastore().location(database).orElseThrow();
      StateFiles files = access.stateFiles(location);
      TableFolder marks = new TableFolder(files, location, bench.name);
      List<String> done =
          new QuietTable(access, files, marks, bench.id, SILENCE)
              .run(
                  (found, lease) ->
                      found
                          .map(there -> change.run(access, files, marks, there, lease))
                          .orElseGet(List::of));
      assertThat(done).hasSizeLessThanOrEqualTo(1);
    }
  }

  private interface Attempt {
    void run(Steps steps) throws Exception;
  }

  /** Whether the attempt was killed; it is made once more then. */
  private static boolean killed(Steps killing, List<String> seen, Attempt attempt)
      throws Exception {
    boolean killed = false;
    try {
      attempt.run(killing);
    } catch (Killed e) {
      killed = true;
      seen.add(e.getMessage());
    }
    attempt.run(Steps.UNWATCHED);
    // And once more, as who does not know that it is done.
    attempt.run(Steps.UNWATCHED);
    return killed;
  }

  @Test
  void columnsChangeOnce() throws Exception {
    List<ColumnEdit> edits =
        List.of(
            new ColumnEdit.Drop("v"),
            new ColumnEdit.Add(Column.of("v", ColumnType.INT, "int", true), "7"),
            new ColumnEdit.Retype(
                "id",
                Column.of("id", ColumnType.INT, "int", false),
                Column.of("id", ColumnType.BIGINT, "bigint", false)));
    List<String> seen = new ArrayList<>();
    boolean killed = true;
    for (int step = 0; killed; step++) {
      Bench bench = new Bench(1);
      killed =
          killed(
              new Lives(step),
              seen,
              steps ->
                  change(
                      bench,
                      steps,
                      (access, files, marks, found, lease) ->
                          new TableAlteration(access, files, marks, found, lease)
                              .run(edits, PLACE, 0)));
      SyncedTable after = bench.table();
      assertThat(after.columns())
          .as("killed at " + seen)
          .containsExactly(
              new HiveColumn("id", "bigint"),
              new HiveColumn("v", "int"),
              new HiveColumn("p", "int"),
              new HiveColumn("v__2", "int"));
      assertThat(after.stored("v")).hasValue(new HiveColumn("v__2", "int"));
      assertThat(after.history().added()).containsExactly(new AddedColumn("v__2", PLACE, "7"));
      Table state = bench.find(after.state()).orElseThrow();
      assertThat(state.getSd().getCols().stream().map(FieldSchema::getName))
          .as("killed at " + seen)
          .containsExactly("pi_op", "pi_lsn", "pi_source_time", "id", "v", "p", "v__2");
      Table view = bench.find(bench.id).orElseThrow();
      assertThat(view.getSd().getCols().stream().map(FieldSchema::getName))
          .containsExactly("id", "p", "v", "p_value");
      assertThat(view.getViewExpandedText()).isEqualTo(new CurrentState(after).view());
    }
    assertThat(String.join("\n", seen)).contains("leases/", "segments/", "changing table");
  }

  @Test
  void aTableIsEmptiedOnce() throws Exception {
    List<String> seen = new ArrayList<>();
    boolean killed = true;
    for (int step = 0; killed; step++) {
      Bench bench = new Bench(1);
      killed =
          killed(
              new Lives(step),
              seen,
              steps ->
                  change(
                      bench,
                      steps,
                      (access, files, marks, found, lease) ->
                          new TableEmptying(
                                  access, files, marks, found, lease, bench.rows.options())
                              .run(PLACE, 1000)));
      assertThat(bench.rows.state()).as("killed at " + seen).isEmpty();
      assertThat(bench.table().history().emptied()).isEqualTo(PLACE);
      Table view = bench.find(bench.id).orElseThrow();
      assertThat(view.getViewExpandedText()).contains(">= '" + PLACE + "'");
      try (HiveAccess access = new HiveAccess(bench.rows.server())) {
        long told = 0;
        for (var partition : access.metastore().partitions(HiveNames.log(bench.id))) {
          Path folder = new Path(partition.getSd().getLocation());
          told +=
              access.stateFiles(folder).list(folder).stream()
                  .filter(name -> name.startsWith(TableEmptying.FILE))
                  .count();
        }
        assertThat(told).as("that it was emptied, killed at " + seen).isEqualTo(1);
      }
    }
    assertThat(String.join("\n", seen))
        .contains("dropping partitions", "adding partitions", "move ", "changing table");
  }

  @Test
  void aTableIsDroppedWithAllItHad() throws Exception {
    List<String> seen = new ArrayList<>();
    boolean killed = true;
    for (int step = 0; killed; step++) {
      Bench bench = new Bench(1);
      killed =
          killed(
              new Lives(step),
              seen,
              steps ->
                  change(
                      bench,
                      steps,
                      (access, files, marks, found, lease) ->
                          new TableRemoval(access, files, marks, found, lease).run()));
      for (TableId gone : List.of(bench.id, HiveNames.log(bench.id), HiveNames.state(bench.id))) {
        assertThat(bench.find(gone)).as(gone + " killed at " + seen).isEmpty();
      }
      assertThat(bench.rows.dataFiles().stream().filter(f -> !f.toString().contains("staged")))
          .as("killed at " + seen)
          .isEmpty();
    }
    assertThat(String.join("\n", seen)).contains("delete ", "dropping table");
  }

  @ParameterizedTest
  @EnumSource(names = {"CHANGELOG", "MERGE"})
  void tablesSwapTheirNamesOnce(Layout layout) throws Exception {
    Bench one = new Bench(1, layout);
    Bench two = new Bench(100, layout);
    assertThat(one.maintain().postponed()).isEmpty();
    assertThat(two.maintain().postponed()).isEmpty();
    TableId between = new TableId(database, "x" + one.name);
    List<Move> moves =
        List.of(new Move(one.id, between), new Move(two.id, one.id), new Move(between, two.id));
    HiveBench.DiesOnceAtEach dying = new HiveBench.DiesOnceAtEach(2);
    List<String> seen = new ArrayList<>();
    List<String> ofOne = List.of("1 10 1", "2 20 0", "3 30 1");
    List<String> ofTwo = List.of("100 1000 0", "101 1010 1", "102 1020 0");
    boolean killed = true;
    for (int i = 0; killed; i++) {
      String place = two.rows.place();
      killed = killed(dying.run(), seen, steps -> move(one, steps, moves, place));
      boolean swapped = i % 2 == 0;
      assertThat(one.now()).as("killed at " + seen).isEqualTo(swapped ? ofTwo : ofOne);
      assertThat(two.now()).as("killed at " + seen).isEqualTo(swapped ? ofOne : ofTwo);
      for (TableId gone : List.of(between, HiveNames.log(between), HiveNames.state(between))) {
        assertThat(one.find(gone)).as(gone + " killed at " + seen).isEmpty();
      }
    }
    assertThat(one.maintain().postponed()).isEmpty();
    assertThat(String.join("\n", seen)).contains("renaming table", "segments", "targets/");
  }

  private void move(Bench bench, Steps steps, List<Move> moves, String place)
      throws InterruptedException {
    try (HiveAccess access = new HiveAccess(bench.rows.server(), steps)) {
      Path location = access.metastore().location(database).orElseThrow();
      StateFiles files = access.stateFiles(location);
      SyncFolder sync = new SyncFolder(files, location, bench.name);
      new TableMoves(access, files, location, sync, place, SILENCE).run(moves);
    }
  }

  // Who rewrites tables meanwhile.

  /** The name of the step at which the attempt was killed. */
  private static String killedAt(String step, int time, Attempt attempt) throws Exception {
    AtomicInteger seen = new AtomicInteger();
    Thread owner = Thread.currentThread();
    Steps killing =
        now -> {
          boolean dead = seen.get() >= time;
          if (dead || (now.matches(step) && Thread.currentThread() == owner)) {
            if (dead || seen.incrementAndGet() == time) {
              throw new Killed(now);
            }
          }
        };
    Throwable end = catchThrowable(() -> attempt.run(killing));
    assertThat(end).as("killed before " + step).isInstanceOf(Killed.class);
    return end.getMessage();
  }

  @ParameterizedTest
  @EnumSource(names = {"CHANGELOG", "MERGE"})
  void aTableThatIsHalfRenamedIsNotRewritten(Layout layout) throws Exception {
    Bench bench = new Bench(1, layout);
    Bench other = new Bench(100, layout);
    TableId between = new TableId(database, "x" + bench.name);
    List<Move> moves =
        List.of(
            new Move(bench.id, between), new Move(other.id, bench.id), new Move(between, other.id));
    // Its log goes last.
    String step = "renaming table \\S*" + bench.name + "__log.*";
    String at = killedAt(step, 1, steps -> move(bench, steps, moves, PLACE));
    assertThat(bench.maintain().postponed()).as(at).contains("it is being renamed or dropped");
    assertThat(other.maintain().postponed()).as("not touched yet").isEmpty();
    assertThat(bench.maintain().postponed()).as("asked again").isNotEmpty();
    move(bench, Steps.UNWATCHED, moves, PLACE);
    assertThat(bench.maintain().postponed()).isEmpty();
    assertThat(other.maintain().postponed()).isEmpty();
    assertThat(bench.read("id, v, p")).containsExactly("100 1000 0", "101 1010 1", "102 1020 0");
    assertThat(other.read("id, v, p")).containsExactly("1 10 1", "2 20 0", "3 30 1");
  }

  @ParameterizedTest
  @EnumSource(names = {"CHANGELOG", "MERGE"})
  void aTableWithHalfItsColumnsIsNotRewritten(Layout layout) throws Exception {
    Bench bench = new Bench(1, layout);
    List<ColumnEdit> edits =
        List.of(new ColumnEdit.Add(Column.of("w", ColumnType.INT, "int", true), "7"));
    Attempt attempt = steps -> alter(bench, steps, edits, PLACE);
    String at = killedAt("changing table " + bench.name + "__log", 1, attempt);
    assertThat(bench.maintain().postponed()).as(at).contains("its columns are being changed");
    attempt.run(Steps.UNWATCHED);
    assertThat(bench.maintain().postponed()).isEmpty();
    assertThat(bench.read("id, v, p, w")).containsExactly("1 10 1 7", "2 20 0 7", "3 30 1 7");
  }

  private void alter(Bench bench, Steps steps, List<ColumnEdit> edits, String place)
      throws InterruptedException {
    change(
        bench,
        steps,
        (access, files, marks, found, lease) ->
            new TableAlteration(access, files, marks, found, lease).run(edits, place, 0));
  }

  // The layouts that take the log in: each kind of step once, as HiveServer2 takes its time.

  @ParameterizedTest
  @EnumSource(names = {"MERGE", "PAIMON"})
  void otherLayoutsGetColumnsOnce(Layout layout) throws Exception {
    Bench bench = new Bench(1, layout);
    HiveBench.DiesOnceAtEach dying = new HiveBench.DiesOnceAtEach(1);
    List<String> seen = new ArrayList<>();
    StringBuilder columns = new StringBuilder("id, v");
    List<String> expected = new ArrayList<>(List.of("1 10", "2 20", "3 30"));
    boolean killed = true;
    for (int i = 0; killed; i++) {
      String name = "w" + i;
      List<ColumnEdit> edits =
          List.of(new ColumnEdit.Add(Column.of(name, ColumnType.INT, "int", true), "" + i));
      String place = bench.rows.place();
      killed = killed(dying.run(), seen, steps -> alter(bench, steps, edits, place));
      columns.append(", ").append(name);
      int value = i;
      expected.replaceAll(row -> row + " " + value);
      assertThat(bench.read(columns.toString())).as("killed at " + seen).isEqualTo(expected);
      if (i % 4 == 0) {
        // It is taken in with the next column, and has no value in those of before.
        bench.write(1);
        expected.add(bench.last + " " + bench.last * 10 + " null".repeat(i + 1));
      }
    }
    assertThat(String.join("\n", seen)).contains("changing table", "merged", "segments/", "values");
  }

  /** Two swap names each time, and one goes whose name another one gets. */
  @Test
  void columnsOfPaimonChangeOnce() throws Exception {
    Bench bench = new Bench(1, Layout.PAIMON);
    HiveBench.DiesOnceAtEach dying = new HiveBench.DiesOnceAtEach(1);
    List<String> seen = new ArrayList<>();
    alter(
        bench,
        Steps.UNWATCHED,
        List.of(
            new ColumnEdit.Add(Column.of("x", ColumnType.INT, "int", true), "5"),
            new ColumnEdit.Add(Column.of("y", ColumnType.INT, "int", true), "6"),
            new ColumnEdit.Add(Column.of("w", ColumnType.INT, "int", true), "-1"),
            new ColumnEdit.Retype(
                "v",
                Column.of("v", ColumnType.INT, "int", true),
                Column.of("v", ColumnType.BIGINT, "bigint", true))),
        bench.rows.place());
    boolean killed = true;
    for (int i = 0; killed; i++) {
      List<ColumnEdit> edits =
          List.of(
              new ColumnEdit.Rename("x", "y"),
              new ColumnEdit.Rename("y", "x"),
              new ColumnEdit.Drop("w"),
              new ColumnEdit.Add(Column.of("w", ColumnType.INT, "int", true), "" + i));
      String place = bench.rows.place();
      killed = killed(dying.run(), seen, steps -> alter(bench, steps, edits, place));
      String values = (i % 2 == 0 ? " 6 5 " : " 5 6 ") + i;
      assertThat(bench.read("id, v, x, y, w"))
          .as("killed at " + seen)
          .containsExactly("1 10" + values, "2 20" + values, "3 30" + values);
    }
    assertThat(String.join("\n", seen)).contains("changing Paimon table", "changing table");
    bench.write(1);
    assertThat(bench.maintain().postponed()).isEmpty();
    assertThat(bench.read("id, v, x, y, w")).endsWith("4 40 null null null");
  }

  @ParameterizedTest
  @EnumSource(names = {"MERGE", "PAIMON"})
  void otherLayoutsAreEmptiedOnce(Layout layout) throws Exception {
    Bench bench = new Bench(1, layout);
    HiveBench.DiesOnceAtEach dying = new HiveBench.DiesOnceAtEach(1);
    List<String> seen = new ArrayList<>();
    boolean killed = true;
    for (int i = 0; killed; i++) {
      if (i % 4 == 1) {
        assertThat(bench.maintain().postponed()).isEmpty();
      }
      String place = bench.rows.place();
      killed =
          killed(
              dying.run(),
              seen,
              steps ->
                  change(
                      bench,
                      steps,
                      (access, files, marks, found, lease) ->
                          new TableEmptying(
                                  access, files, marks, found, lease, bench.rows.options())
                              .run(place, 1000)));
      assertThat(bench.read("id, v")).as("killed at " + seen).isEmpty();
      bench.write(1);
      if (i % 4 == 3) {
        assertThat(bench.maintain().postponed()).isEmpty();
        assertThat(bench.read("id, v"))
            .as("what came behind, killed at " + seen)
            .containsExactly(bench.last + " " + bench.last * 10);
      }
    }
    assertThat(String.join("\n", seen)).contains("changing table", "merged", "adding partitions");
  }
}
