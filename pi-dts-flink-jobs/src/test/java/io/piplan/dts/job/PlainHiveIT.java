package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Plain INSERTs of Flink SQL into tables of a real Hive, through the loss of a task manager. */
@ExtendWith(ServersExtension.class)
class PlainHiveIT {
  private final Servers servers;

  PlainHiveIT(Servers servers) {
    this.servers = servers;
  }

  @Test
  void changesAsRowsAreInsertedAndUpdatesAreRefused(@TempDir Path state) throws Exception {
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("plain");
    String shop = servers.mySqlA().createDatabase("shop");
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        SyncHarness syncs = new SyncHarness(flink, state);
        Connection source = SyncHarness.connect(servers.mySqlA(), shop);
        Connection target = hive.connect(ods)) {
      SyncHarness.run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))",
          "INSERT INTO t SELECT seq, CONCAT('v', seq) FROM " + EmbeddedMySql.numbers(500));
      SyncHarness.run(target, "CREATE TABLE t (id INT, v STRING, op STRING) STORED AS ORC");
      syncs.start(
          "SET 'pipeline.name' = '"
              + shop
              + "';\nSET 'execution.checkpointing.interval' = '1 s';\n"
              + SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + HiveHarness.catalog("h", hive)
              + "INSERT INTO h."
              + ods
              + ".t SELECT id, v, pi_op FROM a.`"
              + shop
              + "`.`t$changes`;",
          SyncLauncher.Start.CONTINUE);
      String counts = "SELECT op, count(*), sum(id) FROM t GROUP BY op ORDER BY op";
      await(target, counts, List.of(List.of("r", "500", "125250")));
      flink.terminateTaskManager(0);
      flink.startTaskManager();
      SyncHarness.run(
          source, "UPDATE t SET v = 'x' WHERE id <= 10", "DELETE FROM t WHERE id > 498");
      await(
          target,
          counts,
          List.of(
              List.of("d", "2", "999"), List.of("r", "500", "125250"), List.of("u", "10", "55")));
      String changes =
          "SET 'pipeline.name' = '"
              + shop
              + "_2';\n"
              + SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + HiveHarness.catalog("h", hive)
              + "INSERT INTO h."
              + ods
              + ".t SELECT id, v, 'x' FROM a.`"
              + shop
              + "`.t;";
      assertThat(catchThrowable(() -> syncs.start(changes, SyncLauncher.Start.CONTINUE)))
          .hasMessageContaining("update");
    }
  }

  private static void await(Connection target, String query, List<List<String>> rows) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(SyncHarness.rows(target, query)).isEqualTo(rows));
  }
}
