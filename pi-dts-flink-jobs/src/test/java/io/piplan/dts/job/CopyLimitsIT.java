package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.DtsException;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Copies that are held back, by each limit, changed while they run. */
@ExtendWith(ServersExtension.class)
class CopyLimitsIT {
  private static final int ROWS = 40_000;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm");

  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String database;
  private Connection source;

  CopyLimitsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startFlink() {
    flink = EmbeddedFlink.start(1, 8, Map.of());
  }

  @AfterAll
  static void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("limits");
    source = SyncHarness.connect(servers.mySqlA(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100))",
        "INSERT INTO t SELECT seq, REPEAT('v', 90) FROM " + EmbeddedMySql.numbers(ROWS));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
  }

  private String start(EmbeddedDatabase server, String target, String options) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + (server == servers.postgres()
                ? SyncHarness.postgresCatalog("b", server, target)
                : SyncHarness.mySqlCatalog("b", server))
            + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '1',"
                .formatted(database, server == servers.postgres() ? "public" : target, target)
            + " 'checkpoint.interval' = '500 ms', 'copy.chunk-rows' = '1000'"
            + options
            + ");",
        SyncLauncher.Start.CONTINUE);
  }

  private long copied(String sync) {
    List<TableProgress> tables = syncs.control().status(sync).tables();
    return tables.isEmpty() ? 0 : tables.get(0).copiedRows();
  }

  private static void await(Runnable assertion) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(assertion::run);
  }

  private void awaitRest(String sync, String... reason) {
    await(() -> assertThat(syncs.control().status(sync).resting()).contains(reason));
  }

  private void awaitDone(String sync) {
    syncs.awaitCopied(sync);
    assertThat(copied(sync)).isEqualTo(ROWS);
    await(() -> assertThat(syncs.control().status(sync).resting()).isEmpty());
  }

  /** What is copied within a while once it rests: chunks that were begun end, no others begin. */
  private void assertRests(String sync) throws InterruptedException {
    Thread.sleep(1_000);
    long before = copied(sync);
    Thread.sleep(1_000);
    assertThat(copied(sync)).isEqualTo(before).isLessThan(ROWS);
  }

  @Test
  void rowsAndBytesASecond() throws Exception {
    String target = servers.mySqlB().createDatabase("limits");
    String sync = start(servers.mySqlB(), target, ", 'copy.byte-limit' = '100 kB'");
    await(() -> assertThat(copied(sync)).isPositive());
    long begin = System.nanoTime();
    long before = copied(sync);
    Thread.sleep(4_000);
    double seconds = (System.nanoTime() - begin) / 1e9;
    // A row is 90 bytes of text and its number; a chunk of 1,000 rows counts when it is done.
    double perSecond = (copied(sync) - before) / seconds;
    assertThat(perSecond).isBetween(300.0, 1_700.0);
    SyncStatus status = syncs.control().status(sync);
    assertThat(status.copiedPerSecond()).isBetween(300L, 2_500L);
    assertThat(status.etaSeconds()).isBetween(10L, 140L);
    syncs.control().limit(sync, Map.of(CopyLimit.BYTES, "0", CopyLimit.ROWS, "2000"));
    assertThat(syncs.control().limits(sync).rowsPerSecond()).isEqualTo(2_000);
    Thread.sleep(1_000);
    before = copied(sync);
    begin = System.nanoTime();
    Thread.sleep(3_000);
    perSecond = (copied(sync) - before) / ((System.nanoTime() - begin) / 1e9);
    assertThat(perSecond).isBetween(1_000.0, 3_000.0);
    syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
    awaitDone(sync);
  }

  @Test
  void aLimitIsAsDefinedAgain() throws Exception {
    String target = servers.mySqlB().createDatabase("limits");
    String sync = start(servers.mySqlB(), target, ", 'copy.byte-limit' = '100 kB'");
    await(() -> assertThat(copied(sync)).isPositive());
    syncs.control().limit(sync, Map.of(CopyLimit.BYTES, "0"));
    assertThat(syncs.control().limits(sync).bytesPerSecond()).isZero();
    syncs.control().resetLimits(sync);
    assertThat(syncs.control().limits(sync).bytesPerSecond()).isEqualTo(100_000);
  }

  @Test
  void timesOfDay() throws Exception {
    String target = servers.postgres().createDatabase("limits");
    ZonedDateTime now = ZonedDateTime.now(ZoneOffset.ofHours(8));
    String later = TIME.format(now.plusHours(3)) + "-" + TIME.format(now.plusHours(5)) + " +08:00";
    String options = ", 'copy.rate-limit' = '2000', 'copy.window' = '" + later + "'";
    String sync = start(servers.postgres(), target, options);
    awaitRest(sync, "outside of the copy's window", later);
    assertThat(copied(sync)).isZero();
    // Changes are followed all the same.
    SyncHarness.run(source, "CREATE TABLE u (id INT PRIMARY KEY)", "INSERT INTO u VALUES (1)");
    try (Connection on = SyncHarness.connect(servers.postgres(), target)) {
      SyncHarness.awaitEqual(source, "SELECT id FROM u", on, "SELECT id FROM public.u");
    }
    String open = TIME.format(now.minusHours(1)) + "-" + TIME.format(now.plusHours(5)) + " +08:00";
    syncs.control().limit(sync, Map.of(CopyLimit.WINDOW, open));
    await(() -> assertThat(copied(sync)).isPositive());
    // A copy that was begun rests when its time is over, and what was changed outlives a restart.
    String closed = TIME.format(now.plusHours(4)) + "-" + TIME.format(now.plusHours(5)) + " +08:00";
    syncs.control().limit(sync, Map.of(CopyLimit.WINDOW, closed));
    awaitRest(sync, "outside of the copy's window", closed);
    assertRests(sync);
    syncs.control().stop(sync);
    start(servers.postgres(), target, options);
    awaitRest(sync, "outside of the copy's window", closed);
    assertRests(sync);
    syncs.control().limit(sync, Map.of(CopyLimit.WINDOW, open, CopyLimit.ROWS, "0"));
    awaitDone(sync);
  }

  @Test
  void statementsThatRunOnTheTarget() throws Exception {
    for (EmbeddedDatabase server : List.of(servers.mySqlB(), servers.postgres())) {
      boolean postgres = server == servers.postgres();
      String target = server.createDatabase("limits");
      List<Thread> load = new ArrayList<>();
      try {
        for (int i = 0; i < 6; i++) {
          Connection connection = server.connect(postgres ? target : "");
          Thread thread = new Thread(() -> sleep(connection, postgres), "load");
          thread.start();
          load.add(thread);
        }
        String sync = start(server, target, ", 'copy.target-threads' = '5'");
        awaitRest(sync, "statements run on the target, the limit is 5");
        assertRests(sync);
        endLoad(server, postgres);
        awaitDone(sync);
      } finally {
        endLoad(server, postgres);
        for (Thread thread : load) {
          thread.join();
        }
      }
    }
  }

  /** To whom the statements of others are hidden: the limit would never be met. */
  @Test
  void statementsThatTheUserDoesNotSee() throws Exception {
    String target = servers.postgres().createDatabase("limits");
    String user = "l_" + target;
    try (Connection root = SyncHarness.connect(servers.postgres(), target)) {
      SyncHarness.run(
          root,
          "CREATE USER " + user + " PASSWORD 'secret'",
          "GRANT USAGE, CREATE ON SCHEMA public TO " + user);
      String definition =
          SyncHarness.mySqlCatalog("a", servers.mySqlA())
              + SyncHarness.postgresCatalog("b", servers.postgres(), target, user, "secret")
              + "SYNC DATABASE a.`%s` TO b.public WITH ('name' = '%s', 'parallelism' = '1',"
                  .formatted(database, target)
              + " 'checkpoint.interval' = '500 ms', 'copy.chunk-rows' = '1000'%s);";
      String limited = definition.formatted(", 'copy.target-threads' = '5'");
      assertThatThrownBy(() -> syncs.start(limited, SyncLauncher.Start.CONTINUE))
          .isInstanceOf(DtsException.class)
          .hasMessageContaining("GRANT pg_read_all_stats TO \"" + user + "\"");
      // Nobody is asked who sets it while the sync runs.
      String sync =
          syncs.start(
              definition.formatted(", 'copy.rate-limit' = '4000'"), SyncLauncher.Start.CONTINUE);
      syncs.control().limit(sync, Map.of(CopyLimit.TARGET_THREADS, "5"));
      awaitRest(sync, "GRANT pg_read_all_stats");
      assertRests(sync);
      SyncHarness.run(root, "GRANT pg_read_all_stats TO " + user);
      syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
      awaitDone(sync);
    }
  }

  private static void endLoad(EmbeddedDatabase server, boolean postgres) throws SQLException {
    try (Connection root = server.connect("")) {
      for (List<String> row :
          SyncHarness.rows(
              root,
              postgres
                  ? "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
                  : "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT"
                      + " SLEEP%'")) {
        SyncHarness.run(
            root,
            postgres ? "SELECT pg_terminate_backend(" + row.get(0) + ")" : "KILL " + row.get(0));
      }
    }
  }

  private static void sleep(Connection connection, boolean postgres) {
    try {
      SyncHarness.run(connection, postgres ? "SELECT pg_sleep(100)" : "SELECT SLEEP(100)");
    } catch (SQLException e) {
      // It is killed when it has done its duty.
      return;
    }
  }

  @Test
  void lagOfTheTargetsReplicas() throws Exception {
    MySqlOptions options =
        MySqlOptions.defaults()
            // MySQL takes no longer ones for replication.
            .withPassword(UUID.randomUUID().toString().replace("-", ""))
            // MySQL's other name is the old one.
            .withArgument(
                servers.mySqlB().isMariaDb() ? "--log-slave-updates" : "--log-replica-updates");
    try (EmbeddedMySql target = servers.startMySql(options.withServerId(31));
        EmbeddedMySql replica = servers.startMySql(options.withServerId(32))) {
      Replication.of(target, replica).start();
      String to = target.createDatabase("limits");
      String sync =
          start(
              target,
              to,
              ", 'copy.rate-limit' = '2000', 'copy.replica-lag' = '1500 ms', 'copy.replicas' ="
                  + " '127.0.0.1:"
                  + replica.port()
                  + "'");
      await(() -> assertThat(copied(sync)).isPositive());
      Replication.of(target, replica).pause();
      awaitRest(sync, "replica 127.0.0.1:" + replica.port() + " of the target is", "s behind");
      assertRests(sync);
      Replication.of(target, replica).resume();
      long before = copied(sync);
      await(() -> assertThat(copied(sync)).isGreaterThan(before));
      replica.sigstop();
      awaitRest(sync, "replica 127.0.0.1:" + replica.port() + " of the target does not answer");
      replica.sigcont();
      syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0", CopyLimit.REPLICA_LAG, "0"));
      awaitDone(sync);
    }
  }

  @Test
  void badLimitsAreRefused() throws Exception {
    String target = servers.mySqlB().createDatabase("limits");
    String sync = start(servers.mySqlB(), target, "");
    assertThatThrownBy(() -> syncs.control().limit(sync, Map.of(CopyLimit.WINDOW, "nights")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("copy.window is 'nights', expected times of day");
    assertThatThrownBy(() -> syncs.control().limit(sync, Map.of(CopyLimit.REPLICA_LAG, "10 s")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("no replicas are named");
    awaitDone(sync);
  }
}
