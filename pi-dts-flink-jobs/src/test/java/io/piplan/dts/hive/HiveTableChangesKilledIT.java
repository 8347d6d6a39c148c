package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.ddl.ColumnEdit;
import io.piplan.dts.ddl.TextTarget.Move;
import io.piplan.dts.hive.HiveBench.Killed;
import io.piplan.dts.hive.HiveBench.Lives;
import io.piplan.dts.sql.HiveOptions.Layout;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

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
    final HiveBench rows = new HiveBench(hive, database, name, Layout.CHANGELOG);
    final TableId id = new TableId(database, name);

    Bench(int first) {
      ApplyWriter writer = rows.writer(0, 1, Set.of(), Steps.UNWATCHED);
      for (int row = first; row < first + 3; row++) {
        writer.write(rows.insert(row, row * 10, row % 2));
      }
      assertThat(writer.prepare()).isPresent();
      writer.commitPrepared();
      writer.close();
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
                              .run(edits, PLACE)));
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

  @Test
  void tablesSwapTheirNamesOnce() throws Exception {
    List<String> seen = new ArrayList<>();
    HiveBench.DiesOnceAtEach dying = new HiveBench.DiesOnceAtEach();
    boolean killed = true;
    while (killed) {
      Bench one = new Bench(1);
      Bench two = new Bench(100);
      TableId between = new TableId(database, "x" + one.name);
      List<Move> moves =
          List.of(new Move(one.id, between), new Move(two.id, one.id), new Move(between, two.id));
      List<String> ofOne = one.rows.log();
      List<String> ofTwo = two.rows.log();
      killed = killed(dying.run(), seen, steps -> move(one, steps, moves));
      assertThat(one.rows.log()).as("killed at " + seen).isEqualTo(ofTwo);
      assertThat(two.rows.log()).as("killed at " + seen).isEqualTo(ofOne);
      assertThat(one.rows.state()).isEqualTo(List.of("100 1000 0", "101 1010 1", "102 1020 0"));
      assertThat(two.rows.state()).isEqualTo(List.of("1 10 1", "2 20 0", "3 30 1"));
      for (TableId gone : List.of(between, HiveNames.log(between), HiveNames.state(between))) {
        assertThat(one.find(gone)).isEmpty();
      }
      assertThat(one.find(one.id).orElseThrow().getViewExpandedText())
          .contains("`" + one.name + "__state`");
    }
    assertThat(String.join("\n", seen)).contains("renaming table", "targets/", "segments");
  }

  private void move(Bench bench, Steps steps, List<Move> moves) throws InterruptedException {
    try (HiveAccess access = new HiveAccess(bench.rows.server(), steps)) {
      Path location = access.metastore().location(database).orElseThrow();
      StateFiles files = access.stateFiles(location);
      SyncFolder sync = new SyncFolder(files, location, bench.name);
      new TableMoves(access, files, location, sync, PLACE, SILENCE).run(moves);
    }
  }
}
