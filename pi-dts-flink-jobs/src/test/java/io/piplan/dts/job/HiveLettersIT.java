package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.apply.Retried;
import io.piplan.dts.apply.ZeroDates;
import io.piplan.dts.hive.HiveMaintenance;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Changes that Hive could not take, tried again when it can. */
@ExtendWith(ServersExtension.class)
class HiveLettersIT {
  private static final HiveMaintenance.Settings NOW =
      new HiveMaintenance.Settings(
          Set.of(), Duration.ZERO, Duration.ofHours(1), Duration.ofSeconds(60), Duration.ZERO);

  @TempDir Path state;

  @Test
  void whatWasPutAsideGetsToItsPlaceAndNothingComesBack(Servers servers) throws Exception {
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("ods");
    String database = servers.mySqlA().createDatabase("shop");
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        SyncHarness syncs = new SyncHarness(flink, state);
        Connection source = SyncHarness.connect(servers.mySqlA(), database);
        Connection target = hive.connect(ods)) {
      SyncHarness.run(
          source,
          "SET sql_mode = ''",
          "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), d DATE)",
          "INSERT INTO t VALUES (1, 'one', '2024-01-01')");
      String definition =
          SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + HiveHarness.catalog("h", hive)
              + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'parallelism' = '2', 'hive.compact.interval' = '0', 'bad-rows' = 'dead-letter', 'zero-dates' = 'error');"
                  .formatted(database, ods, database);
      String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      SyncHarness.run(
          source,
          "INSERT INTO t VALUES (2, 'stays', '0000-00-00'), (3, 'goes', '0000-00-00'),"
              + " (4, 'changes', '0000-00-00')",
          "UPDATE t SET a = 'changed', d = '2024-01-04' WHERE id = 4",
          "DELETE FROM t WHERE id = 3");
      HiveHarness.awaitEqual(
          source,
          "SELECT id, a FROM t WHERE id <> 2 ORDER BY id",
          target,
          "SELECT id, a FROM t ORDER BY id");
      awaitLetters(syncs, sync, 3);
      // The deletion is no longer in the log when the letter is tried.
      compact(hive, ods);
      assertThat(syncs.control().retry(sync).applied()).isZero();
      assertThat(syncs.control().status(sync).deadLetters())
          .as("what newer changes have not settled")
          .isEqualTo(1);
      // Were Hive to take such dates, as the next release may.
      SyncPlan plan = new SyncPlans(state, SecretLookup.ofProcess()).plan(sync);
      assertThat(new HiveLetterRetry(plan, HiveHarness.server(hive)).run(ZeroDates.NULL).applied())
          .isEqualTo(1);
      assertThat(syncs.control().status(sync).deadLetters()).isZero();
      assertThat(syncs.control().retry(sync).applied()).isZero();
      String rows = "SELECT id, a, IF(d < '0001-01-01', NULL, d) FROM t ORDER BY id";
      HiveHarness.awaitEqual(source, rows, target, "SELECT id, a, d FROM t ORDER BY id");
      compact(hive, ods);
      SyncHarness.run(source, "UPDATE t SET a = 'newer', d = '2024-02-02' WHERE id = 2");
      HiveHarness.awaitEqual(source, rows, target, "SELECT id, a, d FROM t ORDER BY id");
    }
  }

  /** A letter knows nothing of columns that its table got later; a table may be gone by then. */
  @Test
  void tablesMayHaveChangedMeanwhile(Servers servers) throws Exception {
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("ods");
    String database = servers.mySqlA().createDatabase("shop");
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        SyncHarness syncs = new SyncHarness(flink, state);
        Connection source = SyncHarness.connect(servers.mySqlA(), database);
        Connection target = hive.connect(ods)) {
      SyncHarness.run(
          source,
          "SET sql_mode = ''",
          "CREATE TABLE a_gone (id INT PRIMARY KEY, d DATE)",
          "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), d DATE)",
          "INSERT INTO t VALUES (1, 'one', '2024-01-01')");
      String definition =
          SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + HiveHarness.catalog("h", hive)
              + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'parallelism' = '2', 'hive.compact.interval' = '0', 'bad-rows' = 'dead-letter', 'zero-dates' = 'error', 'ddl' = 'evolve', 'ddl.drop-table' = 'ignore');"
                  .formatted(database, ods, database);
      String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      SyncHarness.run(
          source,
          "INSERT INTO a_gone VALUES (1, '0000-00-00')",
          "INSERT INTO t VALUES (2, 'stays', '0000-00-00'), (3, 'changes', '0000-00-00')",
          "ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 5",
          "UPDATE t SET d = '2024-01-03', n = 6 WHERE id = 3",
          "DROP TABLE a_gone",
          "INSERT INTO t VALUES (4, 'last', '2024-01-04', 7)");
      Awaitility.await("the new column")
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptionsMatching(e -> String.valueOf(e.getMessage()).contains("Invalid table"))
          .until(() -> !SyncHarness.rows(target, "SELECT n FROM t LIMIT 1").isEmpty());
      HiveHarness.awaitEqual(
          source,
          "SELECT id, a, n FROM t WHERE id <> 2 ORDER BY id",
          target,
          "SELECT id, a, n FROM t ORDER BY id");
      awaitLetters(syncs, sync, 3);
      SyncPlan plan = new SyncPlans(state, SecretLookup.ofProcess()).plan(sync);
      Retried retried = new HiveLetterRetry(plan, HiveHarness.server(hive)).run(ZeroDates.NULL);
      assertThat(retried.applied()).isEqualTo(1);
      assertThat(retried.notTried())
          .singleElement()
          .satisfies(
              table -> {
                assertThat(table.table().table()).isEqualTo("a_gone");
                assertThat(table.changes()).isEqualTo(1);
                assertThat(table.reason()).contains("not synced any more");
              });
      assertThat(syncs.control().status(sync).deadLetters())
          .as("of the table that is gone")
          .isEqualTo(1);
      String rows = "SELECT id, a, IF(d < '0001-01-01', NULL, d), n FROM t ORDER BY id";
      HiveHarness.awaitEqual(source, rows, target, "SELECT id, a, d, n FROM t ORDER BY id");
      compact(hive, ods);
      HiveHarness.awaitEqual(source, rows, target, "SELECT id, a, d, n FROM t ORDER BY id");
    }
  }

  private static void awaitLetters(SyncHarness syncs, String sync, long number) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> syncs.control().status(sync).deadLetters() == number);
  }

  private static void compact(EmbeddedHive hive, String ods) {
    try (HiveMaintenance maintenance = new HiveMaintenance(HiveHarness.server(hive), ods)) {
      assertThat(maintenance.run(NOW, done -> {}))
          .allSatisfy(result -> assertThat(result.postponed()).isEmpty());
    }
  }
}
