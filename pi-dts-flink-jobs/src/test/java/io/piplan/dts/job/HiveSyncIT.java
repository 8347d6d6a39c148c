package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.hive.HiveMaintenance;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole syncs to a real Hive, through the loss of a task manager, read through HiveServer2. */
@ExtendWith(ServersExtension.class)
class HiveSyncIT {
  private static final HiveMaintenance.Settings NOW =
      new HiveMaintenance.Settings(
          Set.of(), Duration.ZERO, Duration.ofHours(1), Duration.ofSeconds(60), Duration.ZERO);

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String database;
  private Connection source;

  HiveSyncIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("shop");
    source = SyncHarness.connect(servers.mySqlA(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), b BIGINT UNSIGNED, c DECIMAL(20,4),"
            + " d DATETIME(3), p INT)",
        "INSERT INTO t SELECT seq, CONCAT('名 ', seq), seq * 7, seq / 3,"
            + " '2024-01-01 10:00:00' + INTERVAL seq MOD 5 DAY, 1 + seq MOD 3 FROM "
            + EmbeddedMySql.numbers(3000));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  @Test
  void copiesAndFollows() throws Exception {
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("ods");
    String sync =
        syncs.start(definition(hive, ods, "changelog", "orc"), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "UPDATE t SET a = 'changed' WHERE id MOD 10 = 3",
        "UPDATE t SET d = d + INTERVAL 1 DAY WHERE id MOD 10 = 4",
        "DELETE FROM t WHERE id MOD 10 = 5",
        "UPDATE t SET id = id + 10000 WHERE id MOD 10 = 6");
    try (Connection target = hive.connect(ods)) {
      HiveHarness.awaitEqual(
          source,
          "SELECT id, a, b, c, DATE_FORMAT(d, '%Y-%m-%d %H:%i:%s'), DATE(d) FROM t ORDER BY id",
          target,
          "SELECT id, a, b, c, date_format(d, 'yyyy-MM-dd HH:mm:ss'), d_day FROM t ORDER BY id");
    }
    whyTellsOfRows(sync);
  }

  private void whyTellsOfRows(String sync) {
    FlinkSyncRepair repairs =
        new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC());
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              RowHistory changed =
                  repairs.why(sync, "t", List.of("13"), LogRange.newest(64), progress -> {});
              assertThat(changed.comparison()).isEqualTo("the same on both sides");
              assertThat(changed.target()).containsEntry("a", "changed");
              assertThat(changed.lastChange().op()).isEqualTo("UPDATE");
              assertThat(changed.lastChange().outcome()).isEqualTo("passed by its writer");
              assertThat(changed.lock()).isNull();
              assertThat(changed.targetLog())
                  .extracting(RowHistory.LoggedAtTarget::op)
                  .startsWith("r")
                  .endsWith("u");
            });
    RowHistory gone = repairs.why(sync, "t", List.of("15"), LogRange.newest(64), progress -> {});
    assertThat(gone.comparison()).isEqualTo("on neither side");
    assertThat(gone.lastChange().op()).isEqualTo("DELETE");
    List<RowHistory.LoggedAtTarget> log = gone.targetLog();
    assertThat(log.get(log.size() - 1).op()).isEqualTo("d");
    assertThat(log.get(log.size() - 1).sourceTime()).startsWith("20").endsWith("Z");
  }

  /** MySQL from 9.6 on writes to its binlog what cascades change: there is nothing to ignore. */
  @Tag("mariadb-only")
  @Test
  void childRowsStayWhereCascadesAreIgnored() throws Exception {
    addParents();
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("ods");
    String sync =
        syncs.start(
            definition(hive, ods, "changelog", "orc")
                .replace("'hive.layout'", "'hive.cascades' = 'ignore', 'hive.layout'"),
            SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    SyncHarness.run(source, "DELETE FROM p WHERE id = 2", "UPDATE t SET a = 'x' WHERE p = 1");
    try (Connection target = hive.connect(ods)) {
      HiveHarness.awaitEqual(
          source, "SELECT id FROM p ORDER BY id", target, "SELECT id FROM p ORDER BY id");
      HiveHarness.awaitEqual(
          source,
          "SELECT COUNT(*), 1000 FROM t WHERE a = 'x'",
          target,
          "SELECT sum(IF(a = 'x', 1, 0)), sum(IF(p = 2, 1, 0)) FROM t");
      assertThat(
              SyncHarness.rows(target, "SELECT DISTINCT pi_op FROM t__log WHERE pi_op LIKE 'x%'"))
          .isEmpty();
    }
  }

  private void addParents() throws SQLException {
    SyncHarness.run(
        source,
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p VALUES (1), (2), (3)",
        "ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE");
  }

  @Tag("chaos")
  @ParameterizedTest
  @CsvSource({"changelog, orc", "merge, parquet"})
  void everyChangeArrivesOnceAndTheStateIsTheSources(String layout, String format)
      throws Exception {
    addParents();
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("ods");
    String sync = syncs.start(definition(hive, ods, layout, format), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "UPDATE t SET a = 'changed' WHERE id MOD 10 = 3",
        "UPDATE t SET d = d + INTERVAL 1 DAY WHERE id MOD 10 = 4",
        "DELETE FROM t WHERE id MOD 10 = 5");
    flink.terminateTaskManager(0);
    flink.startTaskManager();
    SyncHarness.run(
        source,
        "UPDATE t SET id = id + 10000 WHERE id MOD 10 = 6",
        "INSERT INTO t SELECT id + 20000, 'again', b, c, d, p FROM t WHERE id MOD 10 = 7",
        "DELETE FROM p WHERE id = 2");
    try (Connection target = hive.connect(ods);
        HiveMaintenance maintenance = new HiveMaintenance(HiveHarness.server(hive), ods)) {
      boolean merges = layout.equals("merge");
      assertThat(maintain(maintenance)).isGreaterThan(0);
      SyncHarness.run(source, "UPDATE t SET b = 1 WHERE id MOD 100 = 1");
      if (merges) {
        HiveHarness.awaitEqual(
            source,
            "SELECT COUNT(*) FROM t WHERE b = 1",
            target,
            "SELECT count(DISTINCT id) FROM t__log WHERE b = 1 AND pi_op = 'u' AND p <> 2");
        maintain(maintenance);
      }
      HiveHarness.awaitEqual(
          source,
          "SELECT id, a, b, c, DATE_FORMAT(d, '%Y-%m-%d %H:%i:%s'), p, DATE(d) FROM t ORDER BY id",
          target,
          "SELECT id, a, b, c, date_format(d, 'yyyy-MM-dd HH:mm:ss'), p, d_day FROM t ORDER BY id");
      assertThat(
              SyncHarness.rows(
                  target,
                  "SELECT pi_lsn, pi_op, id, count(*) FROM t__log WHERE pi_op <> 'r'"
                      + " GROUP BY pi_lsn, pi_op, id HAVING count(*) > 1"))
          .as("changes that are in the log twice")
          .isEmpty();
      partitionsThatAreOverAreMarked(hive, ods);
      // Late rows count all the same.
      SyncHarness.run(
          source,
          "INSERT INTO t VALUES (90000, 'late', 1, 1, '2024-01-01 10:00:00', 1)",
          "DELETE FROM t WHERE id = 3");
      if (merges) {
        HiveHarness.awaitEqual(
            source,
            "SELECT 2",
            target,
            "SELECT count(*) FROM t__log WHERE id = 90000 OR (id = 3 AND pi_op = 'd')");
        maintain(maintenance);
      }
      HiveHarness.awaitEqual(
          source, "SELECT id, a FROM t ORDER BY id", target, "SELECT id, a FROM t ORDER BY id");
    }
  }

  /** By housekeeping, which looks every other second here. */
  private static void partitionsThatAreOverAreMarked(EmbeddedHive hive, String ods) {
    Path log = hive.warehouse().resolve(ods + ".db").resolve("t__log");
    Awaitility.await()
        .atMost(Duration.ofSeconds(150))
        .until(() -> Files.exists(log.resolve("d_day=2024-01-01").resolve("_SUCCESS")));
    assertThat(log.resolve("d_day=none").resolve("_SUCCESS")).doesNotExist();
  }

  private static int maintain(HiveMaintenance maintenance) {
    List<HiveMaintenance.Result> results = maintenance.run(NOW, done -> {});
    assertThat(results).allSatisfy(result -> assertThat(result.postponed()).isEmpty());
    return results.stream().mapToInt(HiveMaintenance.Result::partitions).sum();
  }

  private String definition(EmbeddedHive hive, String ods, String layout, String format) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + HiveHarness.catalog("h", hive)
        + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'parallelism' = '2', 'hive.partition' = 't: d', 'hive.layout' = '%s', 'hive.format' = '%s', 'hive.merge.interval' = '1 h', 'hive.success.delay' = '1 s');"
            .formatted(database, ods, database, layout, format);
  }
}
