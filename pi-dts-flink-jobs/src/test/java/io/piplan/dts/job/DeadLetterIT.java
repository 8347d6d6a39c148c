package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(3);
      assertThat(syncs.control().status(sync).state()).isEqualTo("RUNNING");
      // As long as the reason stands they stay, but for the one whose row has changed since.
      assertThat(syncs.control().retry(sync)).isZero();
      assertThat(syncs.control().status(sync).deadLetters()).isEqualTo(2);

      SyncHarness.run(target, "ALTER TABLE t DROP CONSTRAINT low");
      assertThat(syncs.control().retry(sync)).isEqualTo(2);
      SyncHarness.awaitEqual(source, ROWS, target, ROWS);
      assertThat(syncs.control().retry(sync)).isZero();
      assertThat(syncs.control().status(sync).deadLetters()).isZero();
    }
  }
}
