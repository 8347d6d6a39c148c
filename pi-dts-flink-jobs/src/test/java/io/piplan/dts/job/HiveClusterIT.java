package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * A sync to Hive on a cluster of several processes, submitted as the job jar with Hive in it, of
 * which task managers are killed. Run with {@code -Pjob-hive}, which makes that jar.
 */
@Tag("chaos")
@Tag("job-hive")
@ExtendWith(ServersExtension.class)
@Isolated
class HiveClusterIT {
  private static final String ROWS = "SELECT id, a, n FROM t ORDER BY id";

  private final Servers servers;
  @TempDir Path directory;
  @TempDir Path state;

  HiveClusterIT(Servers servers) {
    this.servers = servers;
  }

  private static Path jobJar() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("-job-hive.jar"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no job jar with Hive: run with -Pjob-hive"));
    }
  }

  @Test
  void killedTaskManagersLoseNothingAndRepeatNothing() throws Exception {
    System.setProperty("pi.job.jar", jobJar().toString());
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("ods");
    String database = servers.mySqlA().createDatabase("shop");
    try (StandaloneCluster cluster = StandaloneCluster.start(directory);
        DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
        FlinkSyncControl control =
            new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
        Connection source = SyncHarness.connect(servers.mySqlA(), database);
        Connection target = hive.connect(ods)) {
      SyncHarness.run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), n INT)",
          "INSERT INTO t SELECT seq, CONCAT('名 ', seq), 0 FROM " + EmbeddedMySql.numbers(2000));
      FlinkRuntime runtime = new FlinkRuntime.Cluster(cluster.url(), state);
      String definition =
          SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + "CREATE CATALOG h WITH ('type' = 'pi-hive', 'metastore-uri' = '%s', 'hiveserver2-url' = '%s', 'username' = 'pi');\n"
                  .formatted(hive.metastoreUri(), hive.jdbcUrl("default"))
              + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'parallelism' = '2', 'hive.compact.interval' = '0');"
                  .formatted(database, ods, database);
      launcher.start("cluster.sql", definition, runtime, SyncLauncher.Start.CONTINUE);
      awaitCopied(control, database);
      for (int kill = 0; kill < 2; kill++) {
        for (int i = 0; i < 10; i++) {
          SyncHarness.run(source, "UPDATE t SET n = n + 1 WHERE id MOD 10 = " + i);
          Thread.sleep(150);
        }
        cluster.kill9("taskmanager-1");
        SyncHarness.run(source, "DELETE FROM t WHERE id MOD 100 = " + kill);
        cluster.startAgain();
      }
      HiveHarness.awaitEqual(source, ROWS, target, ROWS);
      assertThat(control.stop(database)).contains("savepoint");
      SyncHarness.run(source, "INSERT INTO t VALUES (9999, 'after', 1)");
      launcher.start("cluster.sql", definition, runtime, SyncLauncher.Start.CONTINUE);
      HiveHarness.awaitEqual(source, ROWS, target, ROWS);
      assertThat(
              SyncHarness.rows(
                  target,
                  "SELECT pi_lsn, pi_op, id, count(*) FROM t__log WHERE pi_op <> 'r'"
                      + " GROUP BY pi_lsn, pi_op, id HAVING count(*) > 1"))
          .as("changes that are in the log twice")
          .isEmpty();
      List<List<String>> changes =
          SyncHarness.rows(target, "SELECT count(*) FROM t__log WHERE pi_op <> 'r'");
      // Two rounds of updates of all there was, the deletions, and the last row.
      assertThat(changes).isEqualTo(List.of(List.of(String.valueOf(2000 + 1980 + 20 + 20 + 1))));
      control.stop(database);
    }
  }

  private static void awaitCopied(FlinkSyncControl control, String sync) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              SyncStatus status = control.status(sync);
              assertThat(status.state()).as(status.failure()).isNotEqualTo("FAILED");
              return !status.tables().isEmpty() && status.copyDone();
            });
  }
}
