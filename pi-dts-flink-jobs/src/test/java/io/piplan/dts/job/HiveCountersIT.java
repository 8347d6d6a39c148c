package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.hive.HiveMaintenance;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The random workload of the other targets, to Hive, while task managers, the metastore and
 * HiveServer2 are killed and old checkpoints are gone on from. Each update moves its row to another
 * partition. In the end Hive has the source's rows, and its log the source's whole history, each
 * change once.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveCountersIT {
  private static final HiveMaintenance.Settings KEEP =
      new HiveMaintenance.Settings(
          Set.of(), Duration.ofDays(1), Duration.ofDays(1), Duration.ofSeconds(60), Duration.ZERO);

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private ChaosBench.TaskManagers taskManagers;

  HiveCountersIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    taskManagers = new ChaosBench.TaskManagers(flink);
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  @ParameterizedTest
  @CsvSource({"changelog, orc", "merge, orc", "changelog, parquet", "paimon, orc"})
  void historyAndStateAreTheSourcesWhateverIsKilled(String layout, String format) throws Exception {
    EmbeddedHive hive = servers.hive();
    String ods = hive.createDatabase("bank");
    String bank = servers.mySqlA().createDatabase("bank");
    SyncStore store = new SyncStore(state);
    try (Connection source = SyncHarness.connect(servers.mySqlA(), bank);
        HiveMaintenance maintenance = new HiveMaintenance(HiveHarness.server(hive), ods)) {
      SyncHarness.run(source, "CREATE TABLE c " + Counters.COLUMNS);
      SyncHarness.run(source, Audit.ON_MYSQL.toArray(String[]::new));
      SyncHarness.run(source, Counters.TABLE.get(1));
      String sync = start(hive, bank, ods, layout, format, 2);
      try (Counters counters = new Counters(servers.mySqlA(), bank, 4, 20_000)) {
        awaitProgress(sync);
        taskManagers.lose();
        awaitProgress(sync);
        maintenance.run(KEEP, done -> {});
        String old = syncs.control().stop(sync);
        start(hive, bank, ods, layout, format, 3);
        awaitProgress(sync);
        taskManagers.lose();
        hive.kill9Metastore();
        hive.restartMetastore();
        awaitProgress(sync);
        syncs.control().stop(sync);
        // All that came since is sent once more, to another number of writers.
        store.save(store.find(sync).orElseThrow().withSavepoint(old));
        start(hive, bank, ods, layout, format, 1);
        awaitProgress(sync);
      }
      compare(source, hive, ods, !layout.equals("changelog"));
    }
  }

  private void compare(Connection source, EmbeddedHive hive, String ods, boolean merges)
      throws Exception {
    long changes = Audit.count(source);
    try (Connection target = hive.connect(ods);
        HiveMaintenance maintenance = new HiveMaintenance(HiveHarness.server(hive), ods)) {
      Audit expected = Audit.read(source);
      Awaitility.await()
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> newest(target).equals(newestOfSource(source)));
      maintenance.run(KEEP, done -> assertThat(done.postponed()).isEmpty());
      HiveHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
      if (merges) {
        // Merging the same again changes nothing.
        maintenance.run(KEEP, done -> assertThat(done.postponed()).isEmpty());
        HiveHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
      }
      assertThat(changes).isGreaterThan(300);
      history(target).assertEndOf(expected);
      assertThat(
              SyncHarness.rows(
                  target,
                  "SELECT pi_lsn, pi_op, id, count(*) FROM c__log WHERE pi_op <> 'r'"
                      + " GROUP BY pi_lsn, pi_op, id HAVING count(*) > 1"))
          .as("changes that are in the log twice")
          .isEmpty();
    }
  }

  /** The largest n of the first rows, which grows with each change. */
  private static List<List<String>> newest(Connection target) throws SQLException {
    return SyncHarness.rows(
        target, "SELECT sum(m) FROM (SELECT max(n) m FROM c__log WHERE id <= 40 GROUP BY id) x");
  }

  private static List<List<String>> newestOfSource(Connection source) throws SQLException {
    return SyncHarness.rows(source, "SELECT SUM(n) FROM c WHERE id <= 40");
  }

  /** Every state of each row, in the order of the places. */
  private static Audit history(Connection target) throws SQLException {
    List<List<String>> rows =
        SyncHarness.rows(
            target, "SELECT id, pi_op, n, balance, pi_lsn FROM c__log ORDER BY pi_lsn, pi_op");
    Set<String> stays = new HashSet<>();
    for (List<String> row : rows) {
      if (!row.get(1).equals("d")) {
        stays.add(row.get(0) + "@" + row.get(4));
      }
    }
    Map<Integer, List<String>> states = new LinkedHashMap<>();
    for (List<String> row : rows) {
      boolean gone = row.get(1).equals("d");
      // An update that moves a row to another partition says where it was, too.
      if (!gone || !stays.contains(row.get(0) + "@" + row.get(4))) {
        states
            .computeIfAbsent(Integer.valueOf(row.get(0)), id -> new ArrayList<>())
            .add(gone ? "gone" : row.get(2) + "/" + row.get(3));
      }
    }
    return new Audit(states);
  }

  private void awaitProgress(String sync) {
    long before = syncs.control().status(sync).changesApplied();
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              SyncStatus status = syncs.control().status(sync);
              assertThat(status.state()).as(status.failure()).isNotEqualTo("FAILED");
              return status.copyDone() && status.changesApplied() > before + 50;
            });
  }

  private String start(
      EmbeddedHive hive, String bank, String ods, String layout, String format, int writers) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + HiveHarness.catalog("h", hive)
            + "SYNC DATABASE a.`%s` TO h.%s EXCLUDING TABLES (audit) WITH ('name' = '%s', 'checkpoint.interval' = '1 s', 'parallelism' = '%d', 'hive.partition' = 'c: bucket(4, n)', 'hive.layout' = '%s', 'hive.format' = '%s', 'hive.merge.interval' = '1 h');"
                .formatted(bank, ods, bank, writers, layout, format),
        SyncLauncher.Start.CONTINUE);
  }
}
