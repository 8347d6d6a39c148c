package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that the target refuses are set aside, the stream goes on, and they can be tried again. */
@ExtendWith(ServersExtension.class)
class DeadLetterIT {
  private static final String ROWS = "SELECT id, v FROM t ORDER BY id";

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String database;
  private Connection source;

  DeadLetterIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("letters");
    source = SyncHarness.connect(servers.mySqlA(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  @ParameterizedTest
  @CsvSource({
    "mysql, exactly-once, row",
    "mysql, exactly-once, source",
    "mysql, exactly-once-xa, row",
    "postgres, exactly-once, row",
    "postgres, exactly-once, source"
  })
  void refusedRowsAreSetAsideAndTriedAgain(String kind, String delivery, String transactions)
      throws Exception {
    boolean postgres = kind.equals("postgres");
    String targetDatabase =
        postgres
            ? servers.postgres().createDatabase("letters")
            : servers.mySqlB().createDatabase("letters");
    try (Connection target =
        postgres
            ? SyncHarness.connect(servers.postgres(), targetDatabase)
            : SyncHarness.connect(servers.mySqlB(), targetDatabase)) {
      SyncHarness.run(
          target,
          "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, CONSTRAINT low CHECK (v < 100))");
      String sync =
          syncs.start(
              SyncHarness.mySqlCatalog("a", servers.mySqlA())
                  + (postgres
                      ? SyncHarness.postgresCatalog("b", servers.postgres(), targetDatabase)
                      : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
                  + ("SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'bad-rows' ="
                          + " 'dead-letter', 'delivery' = '%s', 'apply.transactions' = '%s',"
                          + " 'checkpoint.interval' = '500 ms');")
                      .formatted(
                          database,
                          postgres ? "public" : targetDatabase,
                          database,
                          delivery,
                          transactions),
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      source.setAutoCommit(false);
      SyncHarness.run(
          source,
          "INSERT INTO t VALUES (10, 10), (11, 1000), (12, 12)",
          "UPDATE t SET v = 500 WHERE id = 2",
          "UPDATE t SET v = 600 WHERE id = 3",
          "DELETE FROM t WHERE id = 1");
      source.commit();
      SyncHarness.run(source, "UPDATE t SET v = 7 WHERE id = 3");
      source.commit();
      source.setAutoCommit(true);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(SyncHarness.rows(target, ROWS))
                      .extracting(row -> String.join(",", row))
                      .containsExactly("2,2", "3,7", "10,10", "12,12"));
      // Three were refused; of one of these rows a newer change has come through since.
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(2);
      assertThat(syncs.control().status(sync).state()).isEqualTo("RUNNING");
      // As long as the reason stands they stay.
      assertThat(syncs.control().retry(sync).applied()).isZero();
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(2);

      // A row that the target never had, and that is gone at the source, does not come back.
      SyncHarness.run(source, "INSERT INTO t VALUES (20, 2000)", "INSERT INTO t VALUES (21, 2100)");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> syncs.control().status(sync).deadLetters() == 4);
      SyncHarness.run(source, "DELETE FROM t WHERE id = 20");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> syncs.control().status(sync).deadLetters() == 3);
      SyncHarness.run(target, "ALTER TABLE t DROP CONSTRAINT low");
      assertThat(syncs.control().retry(sync).applied()).isEqualTo(3);
      SyncHarness.awaitEqual(source, ROWS, target, ROWS);
      assertThat(syncs.control().retry(sync).applied()).isZero();
      assertThat(syncs.control().status(sync).deadLetters()).isZero();
    }
  }

  /** Before an earlier change of its row a later one would find another row than it left. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void severalRefusedChangesOfARowAreAppliedInOrder(String kind) throws Exception {
    boolean postgres = kind.equals("postgres");
    String targetDatabase =
        postgres
            ? servers.postgres().createDatabase("letters")
            : servers.mySqlB().createDatabase("letters");
    SyncHarness.run(
        source,
        "SET sql_mode = ''",
        "CREATE TABLE z (id INT PRIMARY KEY, d DATE, v INT)",
        "INSERT INTO z VALUES (1, '0000-00-00', 1), (2, '2024-00-00', 2)");
    try (Connection target =
        postgres
            ? SyncHarness.connect(servers.postgres(), targetDatabase)
            : SyncHarness.connect(servers.mySqlB(), targetDatabase)) {
      SyncHarness.run(
          target,
          "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, CONSTRAINT low CHECK (v < 100))",
          "CREATE TABLE z (id INT PRIMARY KEY, d DATE, v INT, CONSTRAINT low_z CHECK (v < 100))");
      String sync =
          syncs.start(
              SyncHarness.mySqlCatalog("a", servers.mySqlA())
                  + (postgres
                      ? SyncHarness.postgresCatalog("b", servers.postgres(), targetDatabase)
                      : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
                  + ("SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'bad-rows' ="
                          + " 'dead-letter', 'zero-dates' = 'null', 'checkpoint.interval' ="
                          + " '500 ms');")
                      .formatted(database, postgres ? "public" : targetDatabase, database),
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      SyncHarness.run(
          source,
          "UPDATE t SET v = 1000 WHERE id = 2",
          "UPDATE t SET v = 2000 WHERE id = 2",
          "INSERT INTO t VALUES (30, 3000)",
          "UPDATE t SET v = 4000 WHERE id = 30",
          "UPDATE t SET v = 5000 WHERE id = 3",
          // Its row had a zero date, which is NULL on the target.
          "UPDATE z SET v = 6000 WHERE id = 1",
          "UPDATE z SET d = '2025-05-05', v = 7000 WHERE id = 2");
      awaitLetters(sync, 7);
      SyncHarness.run(target, "UPDATE t SET v = 33 WHERE id = 3");
      assertThat(syncs.control().retry(sync).applied()).isZero();
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(7);
      SyncHarness.run(
          target, "ALTER TABLE t DROP CONSTRAINT low", "ALTER TABLE z DROP CONSTRAINT low_z");
      assertThat(syncs.control().retry(sync).applied()).isEqualTo(6);
      String good = "SELECT id, v FROM t WHERE id <> 3 ORDER BY id";
      assertThat(SyncHarness.rows(target, good)).isEqualTo(SyncHarness.rows(source, good));
      String dates = "SELECT id, v, CASE WHEN id = 2 THEN d END FROM z ORDER BY id";
      assertThat(SyncHarness.rows(target, dates)).isEqualTo(SyncHarness.rows(source, dates));
      // Somebody else has written the row: the change waits for the row's next one.
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(1);
      assertThat(
              SyncHarness.rows(
                  target,
                  "SELECT reason FROM "
                      + (postgres ? "public." : "")
                      + "pi_dts_dead_letter WHERE retried IS NULL"))
          .singleElement()
          .asString()
          .contains("neither what it was before");
      SyncHarness.run(source, "UPDATE t SET v = 8 WHERE id = 3");
      awaitLetters(sync, 0);
      SyncHarness.awaitEqual(source, ROWS, target, ROWS);
    }
  }

  private void awaitLetters(String sync, long count) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> syncs.control().status(sync).deadLetters() == count);
  }

  @Tag("chaos")
  @ParameterizedTest
  @CsvSource({
    "mysql, exactly-once",
    "mysql, exactly-once-xa",
    "postgres, exactly-once",
    "postgres, exactly-once-xa"
  })
  void refusedRowsOfTheCopyToo(String kind, String delivery) throws Exception {
    boolean postgres = kind.equals("postgres");
    String targetDatabase =
        postgres
            ? servers.postgres().createDatabase("letters")
            : servers.mySqlB().createDatabase("letters");
    try (Connection target =
        postgres
            ? SyncHarness.connect(servers.postgres(), targetDatabase)
            : SyncHarness.connect(servers.mySqlB(), targetDatabase)) {
      SyncHarness.run(
          target,
          "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, CONSTRAINT low CHECK (v < 10000))");
      SyncHarness.run(
          source,
          "DELETE FROM t",
          "INSERT INTO t SELECT seq, seq FROM " + EmbeddedMySql.numbers(3000),
          "UPDATE t SET v = v + 10000 WHERE id IN (1, 1500, 1501, 3000)",
          "SET sql_mode = ''",
          "CREATE TABLE z (id INT PRIMARY KEY, d DATE)",
          "INSERT INTO z VALUES (1, '2024-01-01'), (2, '0000-00-00'), (3, NULL)",
          "CREATE TABLE gone (id INT PRIMARY KEY, d DATE)",
          "INSERT INTO gone VALUES (1, '0000-00-00')");
      String sync =
          syncs.start(
              SyncHarness.mySqlCatalog("a", servers.mySqlA())
                  + (postgres
                      ? SyncHarness.postgresCatalog("b", servers.postgres(), targetDatabase)
                      : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
                  + ("SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'bad-rows' ="
                          + " 'dead-letter', 'delivery' = '%s', 'checkpoint.interval' = '500 ms');")
                      .formatted(
                          database, postgres ? "public" : targetDatabase, database, delivery),
              SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      String good = "SELECT id, v FROM t WHERE v < 10000 ORDER BY id";
      SyncHarness.awaitEqual(source, good, target, "SELECT id, v FROM t ORDER BY id");
      assertThat(SyncHarness.rows(target, "SELECT id FROM z ORDER BY id"))
          .extracting(row -> row.get(0))
          .containsExactly("1", "3");
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(6);
      assertThat(syncs.control().status(sync).state()).isEqualTo("RUNNING");
      SyncHarness.run(
          source,
          "UPDATE z SET d = '2025-05-05' WHERE id = 2",
          "UPDATE t SET v = 7 WHERE id = 1500");
      SyncHarness.run(target, "ALTER TABLE t DROP CONSTRAINT low");
      String dates = "SELECT id, d FROM z ORDER BY id";
      SyncHarness.awaitEqual(source, dates, target, dates);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> SyncHarness.rows(target, "SELECT v FROM t WHERE id = 1500").size() == 1);
      assertThat(syncs.control().retry(sync).applied()).isEqualTo(3);
      SyncHarness.awaitEqual(source, ROWS, target, ROWS);
      // The zero date's row has a newer one by now.
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(1);
      assertThat(SyncHarness.rows(target, dates)).isEqualTo(SyncHarness.rows(source, dates));
      syncs.control().stop(sync);
      SyncHarness.run(source, "DROP TABLE gone");
      assertThat(syncs.control().retry(sync).notTried())
          .singleElement()
          .satisfies(
              table -> {
                assertThat(table.table().table()).isEqualTo("gone");
                assertThat(table.changes()).isEqualTo(1);
                assertThat(table.reason()).contains("gone");
              });
    }
  }
}
