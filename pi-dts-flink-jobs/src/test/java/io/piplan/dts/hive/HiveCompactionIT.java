package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.hive.HiveBench.Killed;
import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.hive.HiveMaintenance.Settings;
import io.piplan.dts.sql.HiveOptions.Layout;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The state is rewritten, and killed before each step of that, while random changes go on: what
 * HiveServer2 reads is right at every moment.
 */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HiveCompactionIT {
  private static final Settings NOW = settings(Duration.ofDays(1));

  private final EmbeddedHive hive;
  private final String database;

  HiveCompactionIT(Servers servers) {
    this.hive = servers.hive();
    this.database = hive.createDatabase("compaction");
  }

  private static Settings settings(Duration keepLog) {
    return new Settings(
        Set.of(), keepLog, Duration.ofDays(1), Duration.ofSeconds(20), Duration.ZERO);
  }

  /** Rows of a table as they should be, and a writer that makes them so. */
  private final class Rows implements AutoCloseable {
    private final String table;
    private final HiveBench bench;
    private final ApplyWriter writer;
    private final Random random = new Random(7);
    private final Map<Integer, int[]> rows = new TreeMap<>();

    Rows(String table, Layout layout) {
      this.table = table;
      this.bench = new HiveBench(hive, database, table, layout);
      this.writer = bench.writer(0, 1, Set.of(), Steps.UNWATCHED);
    }

    /** Inserts, updates that may change the partition, deletes, and inserts of deleted keys. */
    void change(int changes) {
      for (int i = 0; i < changes; i++) {
        int id = random.nextInt(30);
        int v = random.nextInt(1000);
        int p = random.nextInt(3);
        int[] row = rows.get(id);
        if (row == null) {
          writer.write(bench.insert(id, v, p));
          rows.put(id, new int[] {v, p});
        } else if (random.nextInt(3) == 0) {
          writer.write(bench.delete(id, row[0], row[1]));
          rows.remove(id);
        } else {
          writer.write(bench.update(id, row[0], row[1], v, p));
          rows.put(id, new int[] {v, p});
        }
        if (i % 7 == 6) {
          commit();
        }
      }
      commit();
    }

    private void commit() {
      assertThat(writer.prepare()).isPresent();
      writer.commitPrepared();
    }

    private List<String> expected() {
      List<String> expected = new ArrayList<>();
      rows.forEach((id, row) -> expected.add(id + " " + row[0] + " " + row[1]));
      return expected;
    }

    /** The files alone, in a moment. */
    void checkFiles(String when) throws IOException {
      assertThat(bench.state()).as(when).isEqualTo(expected());
    }

    /** Through HiveServer2. */
    void check(String when) throws SQLException {
      assertThat(read("SELECT id, v, p FROM " + table + " ORDER BY id"))
          .as(when)
          .isEqualTo(expected());
    }

    List<String> read(String query) throws SQLException {
      List<String> found = new ArrayList<>();
      try (Connection connection = hive.connect(database);
          Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery(query)) {
        while (result.next()) {
          List<String> values = new ArrayList<>();
          for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
            values.add(result.getString(i));
          }
          found.add(String.join(" ", values));
        }
      }
      return found;
    }

    Result run(Settings settings, Steps steps) {
      try (HiveMaintenance maintenance = bench.maintenance(steps)) {
        return maintenance
            .run(
                new Settings(
                    Set.of(table),
                    settings.logRetention(),
                    settings.filesRetention(),
                    settings.patience(),
                    settings.grace()),
                done -> {})
            .get(0);
      }
    }

    @Override
    public void close() {
      writer.close();
    }
  }

  /** The state gets one file a partition, the log's small files are joined, and the log ends. */
  @Test
  void rewritesJoinsAndBounds() throws Exception {
    try (Rows rows = new Rows("bounded", Layout.CHANGELOG)) {
      rows.change(60);
      List<String> log = rows.bench.log();
      Result first = rows.run(NOW, Steps.UNWATCHED);
      assertThat(first.postponed()).isEmpty();
      assertThat(first.partitions()).isEqualTo(3);
      assertThat(first.joined()).isGreaterThan(5);
      rows.check("after the first run");
      assertThat(rows.bench.log()).isEqualTo(log);
      assertThat(rows.read("SELECT count(*), min(pi_op) FROM bounded__log"))
          .containsExactly(log.size() + " c");
      assertThat(rows.read("SHOW PARTITIONS bounded__state"))
          .hasSize(3)
          .allSatisfy(partition -> assertThat(partition).contains("pi_segment=base-"));
      // One file each: of the base, and of what the log had for every commit.
      assertThat(rows.bench.files("bounded__state").values()).hasSize(3).allMatch(n -> n == 1);
      assertThat(rows.bench.files("bounded__log").values()).hasSize(3).allMatch(n -> n == 1);
      // Nothing new: nothing to do.
      Result second = rows.run(NOW, Steps.UNWATCHED);
      assertThat(second.partitions() + second.joined() + second.dropped()).isZero();
      rows.change(20);
      rows.run(settings(Duration.ZERO), Steps.UNWATCHED);
      rows.check("after the log was dropped");
      assertThat(rows.bench.log()).isEmpty();
      rows.change(10);
      rows.check("with new changes");
    }
  }

  /**
   * With no time to keep them: found without a table by one run, deleted by the next, and nothing
   * else, whoever it belongs to.
   */
  @Test
  void foldersThatNoTableNamesAreDeletedAndNoOthers() throws Exception {
    Settings keepingNothing =
        new Settings(Set.of(), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(20), Duration.ZERO);
    try (Rows rows = new Rows("swept", Layout.CHANGELOG);
        Rows neighbour = new Rows("swept_too", Layout.CHANGELOG)) {
      neighbour.change(20);
      Map<String, Integer> others = neighbour.bench.files("swept_too__log");
      rows.change(30);
      Set<String> old = rows.bench.files("swept__log").keySet();
      assertThat(old).hasSize(3);
      Path log = Path.of(old.iterator().next()).getParent();
      Path strange = Files.createDirectories(log.resolve("notes of somebody"));
      Files.writeString(strange.resolve("read.me"), "text");
      rows.check("before");
      assertThat(rows.run(keepingNothing, Steps.UNWATCHED).deleted()).isZero();
      assertThat(old).as("who reads them may go on").allMatch(HiveCompactionIT::hasFiles);
      rows.check("after they were found");
      assertThat(rows.run(keepingNothing, Steps.UNWATCHED).deleted()).isPositive();
      assertThat(old).noneMatch(folder -> Files.exists(Path.of(folder)));
      rows.check("after they were deleted");
      assertThat(rows.bench.files("swept__state").values()).hasSize(3).allMatch(n -> n == 1);
      rows.change(15);
      rows.run(keepingNothing, Steps.UNWATCHED);
      rows.run(keepingNothing, Steps.UNWATCHED);
      rows.check("after the next ones were deleted");
      assertThat(strange.resolve("read.me")).exists();
      assertThat(neighbour.bench.files("swept_too__log")).isEqualTo(others);
      neighbour.checkFiles("beside it");
    }
  }

  private static boolean hasFiles(String folder) {
    String[] names = new java.io.File(folder).list();
    return names != null && names.length > 1;
  }

  /** Before each kind of step, the first and the second time that a run comes to it. */
  @Test
  @Tag("chaos")
  void theStateIsRightWhereverARunIsKilled() throws Exception {
    try (Rows rows = new Rows("killed", Layout.CHANGELOG)) {
      HiveBench.DiesOnceAtEach dying = new HiveBench.DiesOnceAtEach(2);
      boolean killed = true;
      for (int run = 0; killed; run++) {
        rows.change(12);
        killed = false;
        String last = "";
        try {
          rows.run(NOW, dying.run());
        } catch (Killed e) {
          killed = true;
          last = e.getMessage();
        }
        rows.checkFiles("after a kill " + last + " of " + dying.died());
        if (run % 2 == 0) {
          rows.change(12);
          assertThat(rows.run(NOW, Steps.UNWATCHED).postponed()).isEmpty();
          rows.checkFiles("after the run that followed a kill " + last);
        }
        if (run % 8 == 0) {
          rows.check("after a kill " + last + " of " + dying.died());
        }
      }
      rows.check("in the end");
      assertThat(String.join("\n", dying.died()))
          .contains("rewriting", "adding partitions", "dropping partitions", "moving a partition")
          .contains("_SUCCESS #2", "leases/N #1", "segments/N #1", "unreferenced");
    }
  }

  /**
   * The worst moment: a run is stopped just before its base begins to count, another one takes over
   * and replaces what that base was made of, and then the first one wakes up.
   */
  @Test
  @Tag("chaos")
  void aRunThatWakesUpLateBringsNothingBack() throws Exception {
    try (Rows rows = new Rows("late", Layout.CHANGELOG)) {
      rows.change(40);
      CountDownLatch stopped = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      Thread[] first = new Thread[1];
      Steps pausing =
          step -> {
            if (Thread.currentThread() != first[0]) {
              throw new Killed(step);
            }
            if (step.startsWith("adding partitions")) {
              stopped.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
          };
      first[0] =
          new Thread(
              () -> {
                try {
                  rows.run(NOW, pausing);
                } catch (io.piplan.dts.DtsException e) {
                  assertThat(e.getMessage()).contains("another has taken over");
                }
              });
      first[0].start();
      assertThat(stopped.await(60, TimeUnit.SECONDS)).isTrue();
      while (!rows.rows.isEmpty()) {
        int id = rows.rows.keySet().iterator().next();
        int[] row = rows.rows.remove(id);
        rows.writer.write(rows.bench.delete(id, row[0], row[1]));
      }
      rows.commit();
      assertThat(rows.run(NOW, Steps.UNWATCHED).postponed()).isEmpty();
      rows.check("after all was deleted");
      goOn.countDown();
      first[0].join();
      rows.check("after the first run woke up");
    }
  }

  @Test
  @Tag("chaos")
  void mergesTwiceAndAfterAKillComeOutRight() throws Exception {
    takenInTwice("acid", Layout.MERGE);
  }

  @Test
  void paimonTakesTheSameTwiceAndAfterAKill() throws Exception {
    takenInTwice("paimon", Layout.PAIMON);
  }

  private void takenInTwice(String name, Layout layout) throws Exception {
    try (Rows rows = new Rows(name, layout)) {
      rows.change(40);
      assertThat(rows.run(NOW, Steps.UNWATCHED).segments()).isEqualTo(1);
      rows.check("after the first time");
      rows.change(40);
      // All is done, but not noted.
      Steps dying =
          step -> {
            if (step.contains("/merged/")) {
              throw new Killed(step);
            }
          };
      assertThat(catchThrowable(() -> rows.run(NOW, dying))).isInstanceOf(Killed.class);
      rows.check("taken in, but not noted");
      assertThat(rows.run(NOW, Steps.UNWATCHED).postponed()).isEmpty();
      rows.check("taken in again");
      rows.change(20);
      rows.run(settings(Duration.ZERO), Steps.UNWATCHED);
      rows.check("with new changes");
      assertThat(rows.bench.log()).isEmpty();
    }
  }
}
