package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** A transaction of a million rows through a task manager whose heap could not hold them. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
@Isolated
class LargeTransactionIT {
  private static final int ROWS = 1_000_000;

  private static StandaloneCluster cluster;
  @TempDir static Path directory;
  private final Servers servers;
  @TempDir Path state;

  LargeTransactionIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startCluster() throws Exception {
    System.setProperty("pi.job.jar", StandaloneCluster.jobJar().toString());
    // -Xmx256m, of which the rows as Java objects would take more.
    cluster =
        StandaloneCluster.start(
            directory,
            "--set",
            "taskmanager.memory.task.heap.size=128m",
            "--set",
            "taskmanager.memory.process.size=1056m");
  }

  @AfterAll
  static void stopCluster() throws Exception {
    cluster.close();
  }

  @Test
  void inParts() throws Exception {
    EmbeddedDatabase target = servers.mySqlB();
    String database = target.createDatabase("large");
    Set<Long> seen =
        copied(SyncHarness.mySqlCatalog("b", target), target, database, database, "row");
    assertThat(seen.size()).as("committed in parts: %s", seen).isGreaterThan(2);
  }

  @Test
  void asAWhole() throws Exception {
    EmbeddedDatabase target = servers.postgres();
    String database = target.createDatabase("large");
    String catalog = SyncHarness.postgresCatalog("b", target, database);
    assertThat(copied(catalog, target, database, "public", "source"))
        .containsExactly(0L, (long) ROWS);
  }

  /** Returns what numbers of rows a reader of the target saw. */
  private Set<Long> copied(
      String catalog, EmbeddedDatabase target, String database, String schema, String transactions)
      throws Exception {
    String from = servers.mySqlA().createDatabase("large");
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
        FlinkSyncControl control =
            new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
        Connection source = SyncHarness.connect(servers.mySqlA(), from);
        Connection reader = SyncHarness.connect(target, database)) {
      SyncHarness.run(
          source,
          "CREATE TABLE large (id INT PRIMARY KEY, a VARCHAR(200), b BIGINT)",
          "CREATE TABLE small (id INT PRIMARY KEY)");
      launcher.start(
          "large.sql",
          SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + catalog
              + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '2',"
                  .formatted(from, schema, from)
              + " 'apply.transactions' = '%s', 'checkpoint.interval' = '2 s');"
                  .formatted(transactions),
          new FlinkRuntime.Cluster(cluster.url(), state),
          SyncLauncher.Start.CONTINUE);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !control.status(from).tables().isEmpty() && control.status(from).copyDone());
      source.setAutoCommit(false);
      SyncHarness.run(
          source,
          "INSERT INTO large SELECT seq, REPEAT('v', 150), seq * 3 FROM "
              + EmbeddedMySql.numbers(ROWS),
          "INSERT INTO small VALUES (1)");
      source.commit();
      Set<Long> seen = new TreeSet<>();
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .pollInterval(Duration.ofMillis(500))
          .until(
              () -> {
                seen.add(count(reader, "SELECT COUNT(*) FROM large"));
                return count(reader, "SELECT COUNT(*) FROM small") == 1;
              });
      String check = "SELECT COUNT(*), SUM(b), MIN(id), MAX(id), COUNT(DISTINCT a) FROM large";
      SyncHarness.awaitEqual(source, check, reader, check);
      seen.add(count(reader, "SELECT COUNT(*) FROM large"));
      assertThat(control.status(from).failure()).as("out of memory?").isEmpty();
      control.stop(from);
      return seen;
    }
  }

  private static long count(Connection connection, String query) throws Exception {
    List<List<String>> rows = SyncHarness.rows(connection, query);
    return Long.parseLong(rows.get(0).get(0));
  }
}
