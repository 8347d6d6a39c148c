package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.Severity;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The lag as heartbeats and commit times tell it: true when idle, when busy and when stuck. */
@ExtendWith(ServersExtension.class)
class HeartbeatIT {
  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String database;

  HeartbeatIT(Servers servers) {
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
    database = servers.mySqlA().createDatabase("beat");
    onSource("CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1)");
  }

  @AfterEach
  void stop() {
    syncs.close();
  }

  private void onSource(String... statements) throws SQLException {
    try (Connection source = SyncHarness.connect(servers.mySqlA(), database)) {
      SyncHarness.run(source, statements);
    }
  }

  private static String sync(String from, String to, String name, String options) {
    return ("SYNC DATABASE %s TO %s WITH ('name' = '%s', 'checkpoint.interval' = '500 ms',"
            + " 'heartbeat.interval' = '200 ms'%s);")
        .formatted(from, to, name, options);
  }

  private static void await(Runnable assertion) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(assertion::run);
  }

  @Test
  void theLagIsKnownWhenIdleAndGrowsWhenTheTargetIsStuck() throws SQLException {
    try (EmbeddedPg target = EmbeddedPg.start()) {
      String pg = target.createDatabase("beat");
      String name =
          syncs.start(
              SyncHarness.mySqlCatalog("a", servers.mySqlA())
                  + SyncHarness.postgresCatalog("b", target, pg)
                  + sync("a.`" + database + "`", "b.public", database, ""),
              SyncLauncher.Start.CONTINUE);
      // Nothing is written at the source but the heartbeat.
      await(
          () -> {
            SyncStatus status = syncs.control().status(name);
            assertThat(status.heartbeatLagMillis()).isBetween(0L, 3_000L);
            assertThat(status.lagMillis()).isBetween(0L, 3_000L);
          });
      onSource("INSERT INTO t VALUES (2, 2), (3, 3)");
      await(
          () -> {
            SyncStatus status = syncs.control().status(name);
            assertThat(status.tables()).hasSize(1);
            assertThat(status.tables().get(0).changes()).isEqualTo(2);
            assertThat(status.tables().get(0).lastChangeMillis())
                .isCloseTo(
                    System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));
          });
      // A lock in the way of every writer, and of nobody who reads.
      try (Connection lock = SyncHarness.connect(target, pg)) {
        lock.setAutoCommit(false);
        SyncHarness.run(lock, "LOCK TABLE pi_dts_progress IN SHARE MODE");
        await(
            () -> {
              SyncStatus status = syncs.control().status(name);
              assertThat(status.heartbeatLagMillis()).isGreaterThan(9_000);
              assertThat(status.lagMillis()).isGreaterThan(9_000);
            });
        lock.rollback();
      }
      await(
          () -> {
            SyncStatus status = syncs.control().status(name);
            assertThat(status.heartbeatLagMillis()).isBetween(0L, 3_000L);
            assertThat(status.lagMillis()).isBetween(0L, 3_000L);
          });
      try (Connection on = SyncHarness.connect(target, pg)) {
        assertThat(
                SyncHarness.rows(on, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            .doesNotContain(List.of("pi_dts_heartbeat"));
      }
    }
  }

  /** Each site has just the heartbeats of the sync that reads it, and nothing goes round. */
  @Test
  void heartbeatsOfTwoSitesDoNotLoop() throws SQLException {
    String other = servers.mySqlB().createDatabase("beat");
    String catalogs =
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + SyncHarness.mySqlCatalog("b", servers.mySqlB());
    String there =
        syncs.start(
            catalogs
                + sync("a.`" + database + "`", "b.`" + other + "`", "there_" + database, "")
                    .replace(" WITH", " INCLUDING TABLES (t) WITH"),
            SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(there);
    // Another table goes the other way: rows of one would go round by themselves.
    try (Connection on = SyncHarness.connect(servers.mySqlB(), other)) {
      SyncHarness.run(on, "CREATE TABLE u (id INT PRIMARY KEY)", "INSERT INTO u VALUES (1)");
    }
    String back =
        syncs.start(
            catalogs
                + sync(
                        "b.`" + other + "`",
                        "a.`" + database + "`",
                        "back_" + database,
                        ", 'heartbeat.table' = 'pi_dts_beats'")
                    .replace(" WITH", " INCLUDING TABLES (u) WITH"),
            SyncLauncher.Start.CONTINUE);
    await(
        () -> {
          assertThat(syncs.control().status(there).heartbeatLagMillis()).isBetween(0L, 3_000L);
          assertThat(syncs.control().status(back).heartbeatLagMillis()).isBetween(0L, 3_000L);
        });
    assertThat(beats(servers.mySqlA(), database, "pi_dts_heartbeat"))
        .containsExactly(List.of(there));
    assertThat(beats(servers.mySqlB(), other, "pi_dts_beats")).containsExactly(List.of(back));
    try (Connection on = SyncHarness.connect(servers.mySqlB(), other)) {
      assertThat(SyncHarness.rows(on, "SHOW TABLES LIKE 'pi_dts_heartbeat'")).isEmpty();
    }
    assertThat(syncs.control().status(there).changesApplied()).isZero();
  }

  private static List<List<String>> beats(EmbeddedDatabase server, String database, String table)
      throws SQLException {
    try (Connection on = SyncHarness.connect(server, database)) {
      return SyncHarness.rows(on, "SELECT sync FROM " + table);
    }
  }

  /** The check says what the user lacks; just that is enough. */
  @Test
  void rightsAreCheckedAndTheLeastAreEnough() throws SQLException {
    String user = "h_" + database;
    boolean mariaDb = servers.mySqlA().isMariaDb();
    String password =
        SyncHarness.createUser(
            servers.mySqlA(),
            user,
            (mariaDb ? "SELECT ON `" : "SELECT, LOCK TABLES ON `") + database + "`.*",
            "REPLICATION SLAVE, REPLICATION CLIENT ON *.*");
    String target = servers.mySqlB().createDatabase("beat");
    String definition =
        SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), user, password)
            + SyncHarness.mySqlCatalog("b", servers.mySqlB())
            + sync("a.`" + database + "`", "b.`" + target + "`", database, "");
    try (DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess())) {
      assertThat(launcher.check("test.sql", definition, state).of(Severity.ERROR))
          .singleElement()
          .satisfies(
              error -> {
                assertThat(error.code()).isEqualTo(CheckCode.SOURCE_HEARTBEAT);
                assertThat(error.message()).contains("INSERT, UPDATE, CREATE");
                assertThat(error.remedy()).contains("GRANT INSERT, UPDATE, CREATE ON");
              });
    }
    onSource(
        "CREATE TABLE pi_dts_heartbeat (sync VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            + " NOT NULL PRIMARY KEY, written_ms BIGINT NOT NULL)",
        "GRANT INSERT, UPDATE ON pi_dts_heartbeat TO '" + user + "'@'%'");
    String name = syncs.start(definition, SyncLauncher.Start.CONTINUE);
    await(
        () -> assertThat(syncs.control().status(name).heartbeatLagMillis()).isBetween(0L, 3_000L));
  }
}
