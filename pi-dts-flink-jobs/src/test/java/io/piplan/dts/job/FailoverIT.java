package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A source that is killed, and its replica that takes over: a real pair, replicating by GTID. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class FailoverIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int BIG = 4_000;
  private static final String FOLLOW = ", 'ddl' = 'evolve'";

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedMySql primary;
  private EmbeddedMySql replica;
  private Replication replication;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private Relay network;
  private String from;
  private String to;
  private Connection target;

  FailoverIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws Exception {
    MySqlOptions options =
        MySqlOptions.defaults()
            .withPassword(UUID.randomUUID().toString().replace("-", ""))
            // MySQL's other name is the old one.
            .withArgument(
                servers.mySqlB().isMariaDb() ? "--log-slave-updates" : "--log-replica-updates");
    primary = servers.startMySql(options.withServerId(81));
    // It divides transactions into other events than the primary does.
    replica =
        servers.startMySql(
            options.withServerId(82).withArgument("--binlog-row-event-max-size=512"));
    replication = Replication.of(primary, replica);
    replication.start();
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    network = new Relay(primary.port());
    from = primary.createDatabase("bank");
    to = servers.mySqlB().createDatabase("bank");
    target = SyncHarness.connect(servers.mySqlB(), to);
    try (Connection source = primary.connect(from)) {
      fill(source);
      SyncHarness.run(source, "CREATE TABLE other (id INT PRIMARY KEY, v INT)");
    }
    fill(target);
  }

  private static void fill(Connection on) throws SQLException {
    SyncHarness.run(on, Counters.TABLE.get(0));
    SyncHarness.run(on, Audit.ON_MYSQL.toArray(String[]::new));
    SyncHarness.run(on, Counters.TABLE.get(1));
  }

  @AfterEach
  void stop() throws Exception {
    target.close();
    syncs.close();
    flink.close();
    network.close();
    replica.close();
    primary.close();
  }

  private String definition(int port, EmbeddedMySql server, String options) {
    return SyncHarness.mySqlCatalog("a", port, server.user(), server.password())
        + SyncHarness.mySqlCatalog("b", servers.mySqlB())
        + "SYNC DATABASE a.`%s` TO b.`%s` EXCLUDING TABLES (audit, other) WITH ('name' = '%s'"
            .formatted(from, to, from)
        + ", 'checkpoint.interval' = '300 ms', 'parallelism' = '2', 'target.not-empty' = 'upsert'"
        + options
        + ");";
  }

  private String following(int port, EmbeddedMySql server, String options) {
    return definition(port, server, ", 'scan.startup.mode' = 'latest-offset'" + options);
  }

  private String start(String definition) {
    return syncs.start(definition, SyncLauncher.Start.CONTINUE);
  }

  private void awaitAudited(long atLeast) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> Audit.count(target) >= atLeast);
  }

  private void kill(EmbeddedMySql server) {
    network.cut();
    server.kill9();
  }

  /** Both sides went through the same states, row by row. */
  private void assertSameHistory(int atLeast) throws Exception {
    try (Connection source = replica.connect(from)) {
      SyncHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
      Audit expected = Audit.read(source);
      assertThat(expected.size()).isGreaterThan(atLeast);
      Audit.read(target).assertSame(expected);
    }
  }

  private List<List<String>> progress() throws SQLException {
    return SyncHarness.rows(
        target,
        "SELECT file, pos, event, row_no, gtids FROM pi_dts_progress ORDER BY writers, writer");
  }

  @Test
  void goesOnAtTheReplicaInTheMiddleOfATransaction() throws Exception {
    String sync = start(following(network.port(), primary, ", 'apply.batch-rows' = '40'"));
    try (Counters counters = new Counters(primary, from, Counters.ROWS, 3, 3000, true)) {
      awaitAudited(200);
    }
    try (Connection source = primary.connect(from)) {
      SyncHarness.run(
          source,
          "INSERT INTO c SELECT 5000 + seq, seq, 0 FROM " + EmbeddedMySql.numbers(BIG),
          "INSERT INTO other VALUES (1, 1)");
      awaitAudited(BIG);
      // What the sync gets of this transaction ends in its middle.
      network.forgetAnswersAfter(60_000);
      SyncHarness.run(
          source,
          "UPDATE c SET n = n + 1 WHERE id > 5000 ORDER BY id",
          "INSERT INTO other VALUES (2, 2)");
    }
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(progress())
                    .as("a writer is within it")
                    .anyMatch(row -> !row.get(3).equals("0")));
    syncs.control().end(sync);
    assertThat(progress()).anyMatch(row -> !row.get(3).equals("0"));
    try (Counters counters = new Counters(primary, from, Counters.ROWS, 3, 3000, true)) {
      Thread.sleep(500);
    }
    replication.catchUp();
    kill(primary);
    replication.promote();
    String batches = ", 'apply.batch-rows' = '40'";
    refusesAnotherChoice(following(replica.port(), replica, batches + FOLLOW));
    refusesAnotherChoice(
        following(replica.port(), replica, batches).replace("(audit, other)", "(audit)"));
    try (Counters counters = new Counters(replica, from, Counters.ROWS, 3, 3000, true)) {
      Thread.sleep(500);
      start(following(replica.port(), replica, ", 'apply.batch-rows' = '40'"));
      long before = Audit.count(target);
      awaitAudited(before + 200);
    }
    assertSameHistory(2 * BIG);
    assertThat(progress()).anyMatch(row -> row.get(0).startsWith("1/"));
    // And as any other sync after that.
    syncs.control().stop(sync);
    try (Connection source = replica.connect(from)) {
      SyncHarness.run(source, "UPDATE c SET n = n + 1 WHERE id > 5000");
    }
    start(following(replica.port(), replica, ", 'apply.batch-rows' = '40'"));
    assertSameHistory(3 * BIG);
  }

  /** Rows would have other numbers. */
  private void refusesAnotherChoice(String definition) throws SQLException {
    List<List<String>> before = progress();
    assertThatThrownBy(() -> start(definition))
        .isInstanceOfSatisfying(
            DtsException.class, e -> assertThat(e.error()).isEqualTo(DtsError.DEFINITION_CHANGED))
        .hasMessageContaining("within a transaction");
    assertThat(progress()).isEqualTo(before);
  }

  /** The replica stands first in the list, but may not be written until it has taken over. */
  @Test
  void ofSeveralHostsTheOneThatMayBeWrittenIsRead() throws Exception {
    String definition =
        following(primary.port(), primary, "")
            .replaceFirst(
                "'hostname' = '127.0.0.1'",
                "'hostname' = '127.0.0.1:1, 127.0.0.1:%d, 127.0.0.1:%d'"
                    .formatted(replica.port(), primary.port()));
    readOnly(true);
    String sync = start(definition);
    try (Counters counters = new Counters(primary, from, Counters.ROWS, 2, 3000, true)) {
      awaitAudited(100);
    }
    replication.catchUp();
    kill(primary);
    syncs.control().end(sync);
    replication.promote();
    readOnly(false);
    try (Counters counters = new Counters(replica, from, Counters.ROWS, 2, 3000, true)) {
      start(definition);
      awaitAudited(Audit.count(target) + 100);
    }
    assertSameHistory(200);
    assertThat(progress()).allMatch(row -> row.get(0).startsWith("1/"));
  }

  /** What was prepared on the target and not decided when the source was lost is not lost. */
  @Test
  void withPreparedTransactionsToo() throws Exception {
    String xa = ", 'delivery' = 'exactly-once-xa'";
    String sync = start(following(primary.port(), primary, xa));
    try (Counters counters = new Counters(primary, from, Counters.ROWS, 2, 3000, true)) {
      awaitAudited(100);
    }
    replication.catchUp();
    kill(primary);
    syncs.control().end(sync);
    replication.promote();
    try (Counters counters = new Counters(replica, from, Counters.ROWS, 2, 3000, true)) {
      start(following(replica.port(), replica, xa));
      awaitAudited(Audit.count(target) + 100);
    }
    assertSameHistory(200);
  }

  /** The job jar on a cluster of processes, which stays. */
  @Test
  void onACluster(@TempDir Path directory) throws Exception {
    System.setProperty("pi.job.jar", StandaloneCluster.jobJar().toString());
    try (StandaloneCluster cluster = StandaloneCluster.start(directory);
        DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
        FlinkSyncControl control =
            new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC())) {
      FlinkRuntime runtime = new FlinkRuntime.Cluster(cluster.url(), state);
      String sync =
          launcher
              .start(
                  "failover.sql",
                  following(primary.port(), primary, ""),
                  runtime,
                  SyncLauncher.Start.CONTINUE)
              .get(0);
      try (Counters counters = new Counters(primary, from, Counters.ROWS, 2, 3000, true)) {
        awaitAudited(100);
      }
      replication.catchUp();
      kill(primary);
      control.end(sync);
      replication.promote();
      try (Counters counters = new Counters(replica, from, Counters.ROWS, 2, 3000, true)) {
        launcher.start(
            "failover.sql",
            following(replica.port(), replica, ""),
            runtime,
            SyncLauncher.Start.CONTINUE);
        awaitAudited(Audit.count(target) + 100);
      }
      assertSameHistory(200);
      assertThat(progress()).allMatch(row -> row.get(0).startsWith("1/"));
      control.end(sync);
    }
  }

  private void readOnly(boolean on) throws SQLException {
    try (Connection connection = replica.connect("")) {
      SyncHarness.run(connection, "SET GLOBAL read_only = " + (on ? 1 : 0));
    }
  }

  @Test
  void anAddressThatMovesIsNoticed() throws Exception {
    String definition = following(network.port(), primary, "");
    String sync = start(definition);
    try (Counters counters = new Counters(primary, from, Counters.ROWS, 2, 3000, true)) {
      awaitAudited(100);
    }
    replication.catchUp();
    replication.promote();
    network.leadTo(replica.port());
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              SyncStatus status = syncs.control().status(sync);
              assertThat(status.state()).isEqualTo("FAILED");
              assertThat(status.failure()).contains("PI-2020", "another server");
            });
    try (Connection source = replica.connect(from)) {
      SyncHarness.run(source, "UPDATE c SET n = n + 1");
    }
    start(definition);
    assertSameHistory(100);
  }

  @Test
  void aCopyGoesOnAtTheReplica() throws Exception {
    try (Connection source = primary.connect(from)) {
      SyncHarness.run(
          source, "INSERT INTO c SELECT 5000 + seq, 0, 0 FROM " + EmbeddedMySql.numbers(20_000));
    }
    SyncHarness.run(target, "DELETE FROM c", "DELETE FROM audit");
    String options = ", 'copy.rate-limit' = '8000', 'copy.chunk-rows' = '1000'";
    String sync = start(definition(primary.port(), primary, options));
    try (Counters counters = new Counters(primary, from, Counters.ROWS, 2, 3000, true)) {
      Awaitility.await().atMost(PATIENCE).until(() -> copied(sync) >= 3000);
      Thread.sleep(600);
    }
    replication.catchUp();
    kill(primary);
    syncs.control().end(sync);
    replication.promote();
    assertThat(copied(sync)).isBetween(3000L, 19_000L);
    try (Counters counters = new Counters(replica, from, Counters.ROWS, 2, 3000, true)) {
      start(definition(replica.port(), replica, options));
      syncs.awaitCopied(sync);
    }
    try (Connection source = replica.connect(from)) {
      SyncHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
      Audit.read(target).assertEndOf(Audit.read(source));
    }
  }

  @Test
  void tablesThatChangeBeforeAndAfterwards() throws Exception {
    String sync = start(following(primary.port(), primary, FOLLOW));
    try (Connection source = primary.connect(from)) {
      SyncHarness.run(
          source,
          "UPDATE c SET n = n + 1",
          "ALTER TABLE c ADD COLUMN x INT NOT NULL DEFAULT 5",
          "UPDATE c SET x = n, n = n + 1 WHERE id MOD 2 = 0");
      String rows = "SELECT id, n, x FROM c ORDER BY id";
      SyncHarness.awaitEqual(source, rows, target, rows);
    }
    replication.catchUp();
    kill(primary);
    syncs.control().end(sync);
    replication.promote();
    try (Connection source = replica.connect(from)) {
      SyncHarness.run(
          source,
          "UPDATE c SET x = x + 1 WHERE id MOD 4 = 0",
          "ALTER TABLE c ADD COLUMN y VARCHAR(20) AFTER id",
          "UPDATE c SET y = CONCAT('y', x), n = n + 1 WHERE id MOD 3 = 0");
      start(following(replica.port(), replica, FOLLOW));
      String rows = "SELECT id, y, n, x FROM c ORDER BY id";
      SyncHarness.awaitEqual(source, rows, target, rows);
    }
    assertThat(progress()).allMatch(row -> row.get(0).startsWith("1/"));
  }

  /** The source is lost while the target is still held up before it follows a change. */
  @Test
  void aChangeThatTheTargetHasNotFollowedComesAgain() throws Exception {
    String sync = start(following(primary.port(), primary, FOLLOW));
    try (Connection held = SyncHarness.connect(servers.mySqlB(), to)) {
      held.setAutoCommit(false);
      SyncHarness.rows(held, "SELECT COUNT(*) FROM c");
      try (Connection source = primary.connect(from)) {
        SyncHarness.run(
            source,
            "UPDATE c SET n = n + 1 WHERE id <= 3",
            "ALTER TABLE c ADD COLUMN x INT NOT NULL DEFAULT 5",
            "UPDATE c SET x = n WHERE id MOD 2 = 0");
      }
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(
              () ->
                  SyncHarness.rows(target, "SELECT state FROM pi_dts_ddl")
                      .equals(List.of(List.of("begun"))));
      // Every writer is right before the statement, and knows which transactions that is after.
      assertThat(progress())
          .allMatch(row -> !row.get(2).equals("0") && row.get(3).equals("0") && row.get(4) != null);
      replication.catchUp();
      kill(primary);
      syncs.control().end(sync);
      replication.promote();
      held.rollback();
    }
    try (Connection source = replica.connect(from)) {
      SyncHarness.run(
          source,
          "ALTER TABLE c ADD COLUMN y VARCHAR(20) AFTER id",
          "UPDATE c SET y = CONCAT('y', x), n = n + 1 WHERE id MOD 3 = 0");
      start(following(replica.port(), replica, FOLLOW));
      String rows = "SELECT id, y, n, x FROM c ORDER BY id";
      SyncHarness.awaitEqual(source, rows, target, rows);
    }
    assertThat(SyncHarness.rows(target, "SELECT state, file LIKE '1/%' FROM pi_dts_ddl"))
        .containsExactly(List.of("done", "1"), List.of("done", "1"));
  }

  private long copied(String sync) {
    return syncs.control().status(sync).tables().stream()
        .mapToLong(TableProgress::copiedRows)
        .sum();
  }

  @Test
  void transactionsThatTheReplicaNeverGotAreRefused() throws Exception {
    String sync = start(following(primary.port(), primary, ""));
    try (Connection source = primary.connect(from)) {
      SyncHarness.run(source, "UPDATE c SET n = n + 1");
      awaitAudited(Counters.ROWS);
      replication.catchUp();
      replication.cut();
      SyncHarness.run(
          source, "UPDATE c SET n = n + 10 WHERE id = 1", "INSERT INTO c VALUES (777, 1, 0)");
      awaitAudited(Counters.ROWS + 2);
    }
    kill(primary);
    syncs.control().end(sync);
    replication.promote();
    try (Connection source = replica.connect(from)) {
      SyncHarness.run(source, "UPDATE c SET n = n + 5 WHERE id = 2");
    }
    List<List<String>> before = progress();
    String definition = following(replica.port(), replica, "");
    assertThatThrownBy(() -> start(definition))
        .isInstanceOfSatisfying(
            DtsException.class, e -> assertThat(e.error()).isEqualTo(DtsError.SOURCE_DIVERGED))
        .hasMessageContaining("cannot take over")
        .hasMessageContaining("--resync");
    assertThat(progress()).isEqualTo(before);
    // Wanted all the same: what only the old source had is taken back.
    syncs.start(definition, SyncLauncher.Start.RESYNC);
    try (Connection source = replica.connect(from)) {
      SyncHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
      assertThat(SyncHarness.rows(target, "SELECT id FROM c WHERE id = 777")).isEmpty();
      SyncHarness.run(source, "UPDATE c SET n = n + 1");
      SyncHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
    }
  }
}
