package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

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

/** A source that no longer has the binlog which a sync has to read next (PI-2005). */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class ResyncAfterPurgeIT {
  private static final int ROWS = 9_000;
  private static final String SELECT = "SELECT id, a, b FROM t ORDER BY id";

  /** Of its own, since it purges. */
  private static EmbeddedMySql a;

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String from;

  ResyncAfterPurgeIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  static void startSource(Servers servers) {
    a = servers.startMySql(MySqlOptions.defaults().withServerId(85));
  }

  @AfterAll
  static void stopSource() {
    a.close();
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    from = a.createDatabase("purged");
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  private String definition(String kind, String to, String options) {
    boolean postgres = kind.equals("postgres");
    return SyncHarness.mySqlCatalog("a", a)
        + (postgres
            ? SyncHarness.postgresCatalog("b", servers.postgres(), to)
            : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
        + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s_%s', 'checkpoint.interval' = '300 ms'%s);"
            .formatted(from, postgres ? "public" : to, from, kind, options);
  }

  private void awaitPurged(String sync) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              SyncStatus status = syncs.control().status(sync);
              assertThat(status.state()).isEqualTo("FAILED");
              assertThat(status.failure())
                  .contains("PI-2005", "no longer has binlog file", "start FILE --resync");
            });
  }

  private List<ResyncStatus> resyncs(String sync) {
    return new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC()).resyncs(sync);
  }

  @ParameterizedTest
  @CsvSource({"mysql, true", "postgres, false"})
  void theTargetIsMadeWhatTheSourceHas(String kind, boolean upgraded) throws Exception {
    boolean postgres = kind.equals("postgres");
    String to = (postgres ? servers.postgres() : servers.mySqlB()).createDatabase("purged");
    String definition = definition(kind, to, "");
    try (Connection source = a.connect(from);
        Connection target =
            SyncHarness.connect(postgres ? servers.postgres() : servers.mySqlB(), to)) {
      SyncHarness.run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(40), b INT UNIQUE)",
          "INSERT INTO t SELECT seq, CONCAT('row ', seq), seq FROM " + EmbeddedMySql.numbers(ROWS));
      String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      syncs.control().stop(sync);
      // All of this is missed: new, changed and deleted rows, unique values that moved.
      SyncHarness.run(
          source,
          "DELETE FROM t WHERE id % 10 = 0",
          "UPDATE t SET a = 'changed' WHERE id % 7 = 0",
          "UPDATE t SET b = b + 100000 WHERE id < 200",
          "INSERT INTO t SELECT 20000 + seq, 'new', 20000 + seq FROM "
              + EmbeddedMySql.numbers(500));
      purge(source);
      syncs.start(definition, SyncLauncher.Start.CONTINUE);
      awaitPurged(sync);
      if (upgraded) {
        // As a release left it that knew neither of GTIDs nor of servers.
        SyncHarness.run(
            target,
            "ALTER TABLE pi_dts_progress DROP COLUMN gtids",
            "DELETE FROM pi_dts_control WHERE name = '#source'");
      }
      Thread writes = new Thread(() -> write(60));
      writes.start();
      syncs.start(definition, SyncLauncher.Start.RESYNC);
      writes.join();
      SyncHarness.awaitEqual(source, SELECT, target, SELECT);
      List<ResyncStatus> asked = resyncs(sync);
      assertThat(asked).hasSize(1);
      assertThat(asked.get(0).table()).endsWith(".t");
      // From here on it is a sync like any other.
      syncs.control().stop(sync);
      SyncHarness.run(source, "UPDATE t SET a = 'later' WHERE id % 3 = 1");
      syncs.start(definition, SyncLauncher.Start.CONTINUE);
      SyncHarness.awaitEqual(source, SELECT, target, SELECT);
    }
  }

  /** The sync follows changes of tables, and has missed some: nobody compares before it knows. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void aTableThatHasChangedIsComparedAsItIsNow(String kind) throws Exception {
    boolean postgres = kind.equals("postgres");
    String to = (postgres ? servers.postgres() : servers.mySqlB()).createDatabase("purged");
    String definition = definition(kind, to, ", 'ddl' = 'evolve'");
    String columns = "SELECT id, a, c, b FROM t ORDER BY id";
    String other = "SELECT id, v FROM u ORDER BY id";
    String later = "SELECT id, w FROM n ORDER BY id";
    try (Connection source = a.connect(from);
        Connection target =
            SyncHarness.connect(postgres ? servers.postgres() : servers.mySqlB(), to)) {
      SyncHarness.run(
          source,
          "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(40), b INT UNIQUE)",
          "INSERT INTO t SELECT seq, CONCAT('row ', seq), seq FROM " + EmbeddedMySql.numbers(ROWS),
          "CREATE TABLE u (id INT PRIMARY KEY, v INT)",
          "INSERT INTO u SELECT seq, seq FROM " + EmbeddedMySql.numbers(1_000));
      String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
      syncs.awaitCopied(sync);
      syncs.control().stop(sync);
      SyncHarness.run(
          source,
          "UPDATE t SET a = 'before' WHERE id % 7 = 0",
          "ALTER TABLE t ADD COLUMN c VARCHAR(20) DEFAULT 'new' AFTER a, ADD INDEX by_a (a)",
          "UPDATE t SET c = 'missed' WHERE id % 5 = 0",
          "DELETE FROM t WHERE id % 10 = 0",
          "UPDATE u SET v = -v WHERE id % 3 = 0",
          "CREATE TABLE n (id INT PRIMARY KEY, w INT)",
          "INSERT INTO n SELECT seq, seq FROM " + EmbeddedMySql.numbers(1_000));
      purge(source);
      syncs.start(definition, SyncLauncher.Start.CONTINUE);
      awaitPurged(sync);
      // As docs/failover.md says.
      SyncHarness.run(target, "ALTER TABLE t ADD COLUMN c VARCHAR(20) DEFAULT 'new'");
      Thread writes = new Thread(() -> write(60));
      writes.start();
      syncs.start(definition, SyncLauncher.Start.RESYNC);
      writes.join();
      SyncHarness.awaitEqual(source, columns, target, columns);
      SyncHarness.awaitEqual(source, other, target, other);
      SyncHarness.awaitEqual(source, later, target, later);
      // The new one is copied; there is nothing to compare it with.
      assertThat(resyncs(sync))
          .noneMatch(asked -> asked.state().equals("FAILED"))
          .extracting(asked -> asked.table().substring(asked.table().indexOf('.') + 1))
          .containsExactlyInAnyOrder("t", "u");
      // And what changes from here on is followed.
      SyncHarness.run(
          source,
          "ALTER TABLE t ADD COLUMN d INT DEFAULT 4",
          "UPDATE t SET d = 5, a = 'later' WHERE id % 3 = 1",
          "ALTER TABLE n RENAME COLUMN w TO x");
      String all = "SELECT id, a, c, b, d FROM t ORDER BY id";
      SyncHarness.awaitEqual(source, all, target, all);
      syncs.control().stop(sync);
      SyncHarness.run(
          source, "UPDATE n SET x = 0 WHERE id < 10", "INSERT INTO t (id, d) VALUES (0, 1)");
      syncs.start(definition, SyncLauncher.Start.CONTINUE);
      SyncHarness.awaitEqual(source, all, target, all);
      String renamed = "SELECT id, x FROM n ORDER BY id";
      SyncHarness.awaitEqual(source, renamed, target, renamed);
    }
  }

  private void write(int changes) {
    try (Connection source = a.connect(from)) {
      for (int i = 1; i <= changes; i++) {
        SyncHarness.run(
            source,
            "UPDATE t SET a = 'during " + i + "' WHERE id = " + (i * 131 % ROWS),
            "DELETE FROM t WHERE id = " + (ROWS - i),
            "INSERT INTO t (id, a, b) VALUES ("
                + (30_000 + i)
                + ", 'during', "
                + (30_000 + i)
                + ")");
        Thread.sleep(50);
      }
    } catch (SQLException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void purge(Connection source) throws SQLException {
    SyncHarness.run(source, "FLUSH BINARY LOGS");
    String file =
        SyncHarness.rows(source, a.isMariaDb() ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS")
            .get(0)
            .get(0);
    // MariaDB keeps files for readers, also those that it has not yet seen go away.
    if (a.isMariaDb()) {
      SyncHarness.run(source, "SET GLOBAL slave_connections_needed_for_purge = 0");
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              for (List<String> reader :
                  SyncHarness.rows(
                      source,
                      "SELECT id FROM information_schema.processlist"
                          + " WHERE command LIKE 'Binlog Dump%'")) {
                SyncHarness.run(source, "KILL " + reader.get(0));
              }
              SyncHarness.run(source, "PURGE BINARY LOGS TO '" + file + "'");
              return SyncHarness.rows(source, "SHOW BINARY LOGS").get(0).get(0).equals(file);
            });
  }
}
