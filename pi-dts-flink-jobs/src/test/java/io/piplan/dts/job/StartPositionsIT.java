package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole syncs that begin somewhere in the binlog, to both targets, and go on after a restart. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class StartPositionsIT {
  private static final String IDS = "SELECT id FROM t ORDER BY id";

  /** A source of its own, so that the earliest binlog is its first. */
  private static EmbeddedMySql a;

  private static EmbeddedFlink flink;
  private static int terminated;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String from;

  StartPositionsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startServers(Servers servers) {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    a = servers.startMySql(MySqlOptions.defaults().withServerId(61));
  }

  @AfterAll
  static void stopServers() {
    flink.close();
    a.close();
  }

  @BeforeEach
  void start() {
    syncs = new SyncHarness(flink, state);
    from = a.createDatabase("begin");
  }

  @AfterEach
  void stop() {
    syncs.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"earliest-offset", "latest-offset", "specific-offset", "gtid", "timestamp"})
  void takesWhatComesAfterIt(String mode) throws Exception {
    String toMySql = servers.mySqlB().createDatabase("begin");
    String toPostgres = servers.postgres().createDatabase("begin");
    try (Connection source = SyncHarness.connect(a, from);
        Connection b = SyncHarness.connect(servers.mySqlB(), toMySql);
        Connection pg = SyncHarness.connect(servers.postgres(), toPostgres)) {
      SyncHarness.run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY)",
          "INSERT INTO t VALUES (1)",
          "FLUSH BINARY LOGS",
          "INSERT INTO t VALUES (2)",
          "DO SLEEP(1.1)");
      String options = options(source, mode);
      SyncHarness.run(source, "INSERT INTO t VALUES (3)");
      List<String> expected =
          switch (mode) {
            case "earliest-offset" -> List.of("1", "2", "3", "4", "5");
            case "latest-offset" -> List.of("4", "5");
            default -> List.of("3", "4", "5");
          };
      String sync =
          "SYNC DATABASE a.`" + from + "` TO b.`%s` WITH ('name' = '%s', " + options + ");";
      List<String> started = new ArrayList<>();
      started.add(
          start(
              SyncHarness.mySqlCatalog("b", servers.mySqlB())
                  + sync.formatted(toMySql, "my_" + toMySql)));
      started.add(
          start(
              SyncHarness.postgresCatalog("b", servers.postgres(), toPostgres)
                  + sync.formatted("public", "pg_" + toMySql)));
      SyncHarness.run(source, "INSERT INTO t VALUES (4)");
      awaitLast(List.of(b, pg), "4");
      flink.terminateTaskManager(terminated++);
      flink.startTaskManager();
      SyncHarness.run(source, "INSERT INTO t VALUES (5)");
      awaitLast(List.of(b, pg), "5");
      for (Connection target : List.of(b, pg)) {
        assertThat(ids(target)).isEqualTo(expected);
      }
      for (String name : started) {
        assertThat(syncs.control().status(name).tables()).allMatch(TableProgress::done);
      }
    }
  }

  private String start(String targetAndSync) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", a) + targetAndSync, SyncLauncher.Start.CONTINUE);
  }

  private static List<String> ids(Connection target) throws SQLException {
    return SyncHarness.rows(target, IDS).stream().map(row -> row.get(0)).toList();
  }

  private static void awaitLast(List<Connection> targets, String id) {
    for (Connection target : targets) {
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> ids(target).contains(id));
    }
  }

  /** Each says: after row 2. */
  private String options(Connection source, String mode) throws SQLException {
    String start = "'scan.startup.mode' = '" + mode + "'";
    return switch (mode) {
      case "specific-offset" -> {
        List<String> end =
            SyncHarness.rows(
                    source, a.isMariaDb() ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS")
                .get(0);
        yield start
            + ", 'scan.startup.specific-offset.file' = '%s', 'scan.startup.specific-offset.pos' = '%s'"
                .formatted(end.get(0), end.get(1));
      }
      case "gtid" ->
          start
              + ", 'scan.startup.specific-offset.gtid-set' = '%s'"
                  .formatted(
                      one(
                          source,
                          a.isMariaDb()
                              ? "SELECT @@gtid_binlog_pos"
                              : "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')"));
      case "timestamp" ->
          start
              + ", 'scan.startup.timestamp-millis' = '%s'"
                  .formatted(one(source, "SELECT UNIX_TIMESTAMP() * 1000"));
      default -> start;
    };
  }

  private static String one(Connection source, String query) throws SQLException {
    return SyncHarness.rows(source, query).get(0).get(0);
  }
}
