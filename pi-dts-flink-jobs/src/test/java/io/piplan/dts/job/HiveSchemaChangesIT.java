package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ddl.FollowedStatement;
import io.piplan.dts.hive.HiveMaintenance;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of tables at the source of a sync to a real Hive, read through HiveServer2. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveSchemaChangesIT {
  private static final HiveMaintenance.Settings NOW =
      new HiveMaintenance.Settings(
          Set.of(), Duration.ZERO, Duration.ofHours(1), Duration.ofSeconds(60), Duration.ZERO);

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String database;
  private Connection source;
  private EmbeddedHive hive;
  private String ods;

  HiveSchemaChangesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    hive = servers.hive();
    ods = hive.createDatabase("ods");
    database = servers.mySqlA().createDatabase("shop");
    source = SyncHarness.connect(servers.mySqlA(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), d DATETIME(3))",
        "INSERT INTO t SELECT seq, CONCAT('名 ', seq), '2024-01-01 10:00:00' + INTERVAL seq MOD 3"
            + " DAY FROM "
            + EmbeddedMySql.numbers(300));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  private String definition(String format, String options) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + HiveHarness.catalog("h", hive)
        + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'parallelism' = '2', 'hive.partition' = 't: d', 'hive.format' = '%s', 'hive.compact.interval' = '0'%s);"
            .formatted(database, ods, database, format, options);
  }

  private void same(Connection target, String columns) throws Exception {
    String one = "SELECT " + columns + " FROM t LIMIT 1";
    Awaitility.await("columns " + columns)
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptionsMatching(e -> String.valueOf(e.getMessage()).contains("Invalid table"))
        .until(() -> SyncHarness.rows(target, one).size() == 1);
    HiveHarness.awaitEqual(
        source,
        "SELECT " + columns + " FROM t ORDER BY id",
        target,
        "SELECT " + columns + " FROM t ORDER BY id");
  }

  private void compact() {
    try (HiveMaintenance maintenance = new HiveMaintenance(HiveHarness.server(hive), ods)) {
      assertThat(maintenance.run(NOW, done -> {}))
          .allSatisfy(result -> assertThat(result.postponed()).isEmpty());
    }
  }

  private List<FollowedStatement> followed() {
    return syncs.control().status(database).schemaChanges();
  }

  @ParameterizedTest
  @ValueSource(strings = {"orc", "parquet"})
  void columnsAreAddedInOrderWithTheRows(String format) throws Exception {
    String sync =
        syncs.start(
            definition(format, ", 'ddl' = 'evolve', 'ddl.rename-column' = 'stop'"),
            SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "ALTER TABLE t ADD COLUMN c DECIMAL(10,2) NOT NULL DEFAULT 1.50 AFTER id,"
            + " ADD COLUMN e VARCHAR(20) DEFAULT 'it', ADD COLUMN n INT",
        "UPDATE t SET c = 7.25, n = id WHERE id MOD 10 = 2",
        "INSERT INTO t (id, a, d) VALUES (1000, 'behind', '2024-01-02 11:00:00')",
        "DELETE FROM t WHERE id MOD 10 = 3");
    try (Connection target = hive.connect(ods)) {
      same(target, "id, a, c, e, n");
      assertThat(followed()).hasSize(1);
      assertThat(followed().get(0).state()).isEqualTo("done");
      assertThat(followed().get(0).target()).contains("c decimal(10,2)", "e string", "n int");
      // Rows from before the change must keep their values when they become a base.
      compact();
      same(target, "id, a, c, e, n");
      flink.terminateTaskManager(0);
      flink.startTaskManager();
      SyncHarness.run(
          source,
          // What means nothing in Hive is passed over.
          "ALTER TABLE t ADD INDEX by_a (a), MODIFY a VARCHAR(90), ALTER COLUMN n SET DEFAULT 8",
          "ALTER TABLE t ADD COLUMN z BIGINT NOT NULL",
          "UPDATE t SET z = 9 WHERE id MOD 10 = 4",
          "INSERT INTO t (id, a, d, z) VALUES (1001, 'last', '2024-01-03 12:00:00', 5)",
          "CREATE TABLE u (id INT PRIMARY KEY, v TEXT)",
          "INSERT INTO u VALUES (1, 'made later')");
      same(target, "id, a, c, e, n, z");
      Awaitility.await("table u")
          .atMost(Duration.ofSeconds(60))
          .until(() -> !SyncHarness.rows(target, "SHOW TABLES LIKE 'u'").isEmpty());
      HiveHarness.awaitEqual(source, "SELECT id, v FROM u", target, "SELECT id, v FROM u");
      compact();
      same(target, "id, a, c, e, n, z");
      assertThat(
              SyncHarness.rows(
                  target,
                  "SELECT pi_lsn, pi_op, id, count(*) FROM t__log WHERE pi_op <> 'r'"
                      + " GROUP BY pi_lsn, pi_op, id HAVING count(*) > 1"))
          .as("changes that are in the log twice")
          .isEmpty();
    }
  }

  @Test
  void whatTakesValuesAwayStopsTheSync() throws Exception {
    String sync = syncs.start(definition("orc", ", 'ddl' = 'evolve'"), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "ALTER TABLE t MODIFY d DATETIME",
        "UPDATE t SET a = '17' WHERE id = 2");
    assertThat(awaitFailure(sync)).contains("PI-2010", "narrow-column", "MODIFY d DATETIME");
  }

  @Test
  void whatHiveCannotFollowIsRefusedAndCanBeIgnored() throws Exception {
    String sync = syncs.start(definition("orc", ", 'ddl' = 'evolve'"), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "UPDATE t SET a = 'before' WHERE id MOD 10 = 1",
        "ALTER TABLE t ADD COLUMN g TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP");
    assertThat(awaitFailure(sync))
        .contains("PI-2022", "new column g", "'ignore'", "ADD COLUMN g TIMESTAMP");
    assertThat(followed().get(0).state()).isEqualTo("failed");
    // It goes on at this very statement.
    syncs.start(
        definition("orc", ", 'ddl' = 'evolve', 'ddl.add-column' = 'ignore'"),
        SyncLauncher.Start.CONTINUE);
    SyncHarness.run(
        source, "INSERT INTO t (id, a, d) VALUES (1000, 'behind', '2024-01-02 11:00:00')");
    try (Connection target = hive.connect(ods)) {
      same(target, "id, a");
      SyncHarness.run(source, "ALTER TABLE t RENAME COLUMN a TO b");
      assertThat(awaitFailure(sync)).contains("PI-2022", "column a does not get another name");
    }
  }

  private String awaitFailure(String sync) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              SyncStatus status = syncs.control().status(sync);
              return status.state().equals("FAILED") ? status.failure() : "";
            },
            failure -> !failure.isEmpty());
  }
}
