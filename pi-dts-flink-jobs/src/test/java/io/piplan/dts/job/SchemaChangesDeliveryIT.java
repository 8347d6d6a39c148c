package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimit;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of tables with the other ways to deliver, and while tables are copied. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class SchemaChangesDeliveryIT {
  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private DdlLab lab;

  SchemaChangesDeliveryIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startFlink() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() {
    syncs = new SyncHarness(flink, state);
  }

  @AfterEach
  void stop() throws SQLException {
    syncs.close();
    lab.close();
  }

  @ParameterizedTest
  @CsvSource({
    "'delivery' = 'exactly-once-xa', false",
    "'delivery' = 'exactly-once-xa', true",
    "'apply.transactions' = 'source', false",
    "'apply.transactions' = 'source', true"
  })
  void changesBetweenTransactions(String option, boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    String options = DdlLab.ALL + ", " + option;
    String sync = lab.start(options);
    lab.run(
        "INSERT INTO t VALUES (4, 'before', 4)",
        "ALTER TABLE t ADD COLUMN c INT NOT NULL DEFAULT 7",
        "START TRANSACTION",
        "INSERT INTO t VALUES (5, 'behind', 5, 50)",
        "UPDATE t SET c = c + 1",
        "UPDATE u SET v = 'together'",
        "COMMIT",
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE t ADD COLUMN b VARCHAR(9) DEFAULT 'new'",
        "INSERT INTO t (id, c) VALUES (6, 60)");
    lab.same("SELECT id, a, b, c FROM t ORDER BY id");
    lab.same("SELECT id, v FROM u ORDER BY id");
    syncs.control().stop(sync);
    lab.run(
        "UPDATE t SET c = 0 WHERE id = 1",
        "ALTER TABLE t CHANGE COLUMN a z VARCHAR(60)",
        "UPDATE t SET z = 'more than twenty letters are allowed now' WHERE id < 3",
        "TRUNCATE TABLE u",
        "INSERT INTO u VALUES (9, 'after')");
    syncs.start(lab.definition(options), SyncLauncher.Start.CONTINUE);
    lab.same("SELECT id, z, b, c FROM t ORDER BY id");
    lab.same("SELECT id, v FROM u ORDER BY id");
    assertThat(lab.states()).hasSize(5).containsOnly("done");
    if (!postgres) {
      assertThat(lab.targetStatements("TRUNCATE")).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void changesOfATableThatIsBeingCopied(boolean postgres) throws Exception {
    lab = new DdlLab(servers, syncs, postgres);
    lab.run(
        "INSERT INTO t SELECT 100 + seq, CONCAT('row ', seq), seq FROM "
            + EmbeddedMySql.numbers(3_000));
    String sync =
        syncs.start(
            lab.definition(DdlLab.ALL + ", 'copy.chunk-rows' = '100', 'copy.rate-limit' = '1000'"),
            SyncLauncher.Start.CONTINUE);
    awaitCopied(sync, 600);
    lab.run(
        "ALTER TABLE t ADD COLUMN c INT NOT NULL DEFAULT 7",
        "UPDATE t SET c = id WHERE id % 50 = 0",
        "INSERT INTO t VALUES (50, 'new', 5, 5)");
    awaitCopied(sync, 1_200);
    lab.run(
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE t ADD COLUMN b VARCHAR(9) DEFAULT 'new'",
        "UPDATE t SET b = 'again' WHERE id % 60 = 0",
        "DELETE FROM t WHERE id % 70 = 0");
    assertThat(syncs.control().status(sync).copyDone()).as("still copying").isFalse();
    syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
    lab.same("SELECT id, a, b, c FROM t ORDER BY id");
    syncs.awaitCopied(sync);
    lab.run("UPDATE t SET a = NULL WHERE id % 7 = 0");
    lab.same("SELECT id, a, b, c FROM t ORDER BY id");
    assertThat(lab.states()).hasSize(3).containsOnly("done");
  }

  private void awaitCopied(String sync, long rows) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(
            () ->
                syncs.control().status(sync).tables().stream()
                        .mapToLong(TableProgress::copiedRows)
                        .sum()
                    >= rows);
  }
}
