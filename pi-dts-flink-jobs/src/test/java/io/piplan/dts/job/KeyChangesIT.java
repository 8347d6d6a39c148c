package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Foreign keys that act, and unique keys that name rows, which come and go while a sync runs. */
@ExtendWith(ServersExtension.class)
class KeyChangesIT {
  private static final String ADD =
      "ALTER TABLE child ADD CONSTRAINT acts FOREIGN KEY (p) REFERENCES parent (id)"
          + " ON DELETE CASCADE";
  private static final String DROP = "ALTER TABLE child DROP FOREIGN KEY acts";

  private static EmbeddedFlink flink;

  private final Servers servers;
  @TempDir Path state;
  private SyncHarness syncs;
  private String from;
  private String to;
  private Connection source;
  private Connection target;

  KeyChangesIT(Servers servers) {
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
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    from = servers.mySqlA().createDatabase("keys");
    to = servers.mySqlB().createDatabase("keys");
    source = servers.mySqlA().connect(from);
    target = servers.mySqlB().connect(to);
    SyncHarness.run(
        source,
        "CREATE TABLE parent (id INT PRIMARY KEY)",
        "CREATE TABLE child (id INT PRIMARY KEY, p INT)",
        "INSERT INTO parent SELECT seq FROM " + EmbeddedMySql.numbers(20),
        "INSERT INTO child SELECT seq, 1 + seq % 20 FROM " + EmbeddedMySql.numbers(200));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    target.close();
    syncs.close();
  }

  private String start(SyncLauncher.Start start, String options) {
    String definition =
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + SyncHarness.mySqlCatalog("b", servers.mySqlB())
            + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '2',"
                .formatted(from, to, from)
            + " 'checkpoint.interval' = '300 ms'"
            + options
            + ");";
    return syncs.start(definition, start);
  }

  private void assertSame(String... tables) {
    for (String table : tables) {
      String rows = "SELECT * FROM " + table + " ORDER BY 1";
      SyncHarness.awaitEqual(source, rows, target, rows);
    }
  }

  private void awaitRefusal(String sync, String... texts) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              SyncStatus status = syncs.control().status(sync);
              assertThat(status.state()).as(status.failure()).isEqualTo("FAILED");
              assertThat(status.failure()).contains("PI-2010", "--resync").contains(texts);
            });
  }

  @Test
  @Tag("chaos")
  void aForeignKeyThatActsStopsTheSyncWhereItComesAndWhereItGoes() throws Exception {
    String sync = start(SyncLauncher.Start.CONTINUE, "");
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "ALTER TABLE child ADD CONSTRAINT keeps FOREIGN KEY (p) REFERENCES parent (id)",
        "ALTER TABLE child DROP FOREIGN KEY keeps",
        "INSERT INTO child VALUES (1000, 1)");
    assertSame("parent", "child");
    SyncHarness.run(source, ADD, "DELETE FROM parent WHERE id % 4 = 0");
    awaitRefusal(sync, ADD, "gets a foreign key that acts");
    start(SyncLauncher.Start.RESYNC, "");
    assertSame("parent", "child");
    SyncHarness.run(source, "DELETE FROM parent WHERE id % 4 = 1");
    assertSame("parent", "child");
    SyncHarness.run(
        source, DROP, "DELETE FROM parent WHERE id % 4 = 2", "DELETE FROM child WHERE id < 30");
    awaitRefusal(sync, DROP, "its foreign key acts acts ON DELETE");
    start(SyncLauncher.Start.RESYNC, "");
    assertSame("parent", "child");
    SyncHarness.run(source, "DELETE FROM parent WHERE id % 4 = 3", "UPDATE child SET p = 7");
    assertSame("parent", "child");
  }

  @Test
  void changesOfAStopAreTakenIfNoRowWasWrittenBefore() throws Exception {
    String sync = start(SyncLauncher.Start.CONTINUE, "");
    syncs.awaitCopied(sync);
    syncs.control().stop(sync);
    SyncHarness.run(source, ADD, "DELETE FROM parent WHERE id % 4 = 0");
    start(SyncLauncher.Start.CONTINUE, "");
    assertSame("parent", "child");
    syncs.control().stop(sync);
    SyncHarness.run(source, DROP, "DELETE FROM parent WHERE id % 4 = 1");
    start(SyncLauncher.Start.CONTINUE, "");
    assertSame("parent", "child");
    syncs.control().stop(sync);
    SyncHarness.run(source, "DELETE FROM child WHERE p % 4 = 1", ADD);
    start(SyncLauncher.Start.CONTINUE, "");
    awaitRefusal(sync, "gets a foreign key that acts");
  }

  @Test
  void changesAreFollowedWhereTheSyncFollows() throws Exception {
    String sync = start(SyncLauncher.Start.CONTINUE, ", 'ddl' = 'evolve'");
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "DELETE FROM parent WHERE id % 5 = 0",
        "DELETE FROM child WHERE p % 5 = 0",
        ADD,
        "DELETE FROM parent WHERE id % 5 = 1",
        DROP,
        "DELETE FROM parent WHERE id % 5 = 2");
    assertSame("parent", "child");
    assertThat(syncs.control().status(sync).failure()).isEmpty();
  }

  /**
   * Neither what is copied again, nor an attempt that Flink begins by itself, sends rows to another
   * writer than before: not those of a table that there was, nor of one that came later.
   */
  @Test
  void aFurtherUniqueKeyLeavesRowsWithTheirWriters() throws Exception {
    SyncHarness.run(source, "CREATE TABLE person (id INT PRIMARY KEY, email INT, v INT)");
    // Neighbours share a lane.
    String rows = " SELECT 256 * seq, seq, 0 FROM " + EmbeddedMySql.numbers(3000);
    SyncHarness.run(source, "INSERT INTO person" + rows);
    String sync = start(SyncLauncher.Start.CONTINUE, "");
    syncs.awaitCopied(sync);
    SyncHarness.run(
        source,
        "CREATE TABLE late (id INT PRIMARY KEY, email INT, v INT)",
        "INSERT INTO late" + rows);
    assertSame("person", "late");
    AtomicBoolean ends = new AtomicBoolean();
    try (Connection app = servers.mySqlA().connect(from)) {
      CompletableFuture<Void> writes = CompletableFuture.runAsync(() -> write(app, ends));
      FlinkSyncRepair repairs =
          new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC());
      for (String table : List.of("person", "late")) {
        SyncHarness.run(source, "ALTER TABLE " + table + " ADD UNIQUE KEY by_email (email)");
        // So that there is something to write.
        SyncHarness.run(target, "UPDATE " + table + " SET v = -1 WHERE id % 512 = 0");
        long id = repairs.resync(sync, table, Optional.empty());
        repairs.awaitResync(sync, id, status -> {});
      }
      flink.terminateTaskManager(0);
      flink.startTaskManager();
      for (String table : List.of("person", "late")) {
        long id = repairs.resync(sync, table, Optional.empty());
        repairs.awaitResync(sync, id, status -> {});
      }
      ends.set(true);
      writes.join();
    }
    assertSame("person", "late");
    assertThat(
            SyncHarness.rows(target, "SELECT value FROM pi_dts_control WHERE name LIKE '#late.%'"))
        .containsExactly(List.of("by its key"));
  }

  private static void write(Connection app, AtomicBoolean ends) {
    try {
      for (int round = 1; !ends.get(); round++) {
        SyncHarness.run(
            app,
            "UPDATE person SET v = %d WHERE id / 256 %% 7 = %d".formatted(round, round % 7),
            "UPDATE late SET v = %d WHERE id / 256 %% 7 = %d".formatted(round, round % 7));
      }
    } catch (SQLException e) {
      throw new IllegalStateException("writing failed", e);
    }
  }

  @Test
  void theUniqueKeyThatNamesRowsStopsTheSyncWhereItGoes() throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE named (code INT NOT NULL, v INT, UNIQUE KEY by_code (code), KEY by_v (v))",
        "INSERT INTO named SELECT seq, 0 FROM " + EmbeddedMySql.numbers(20));
    String sync = start(SyncLauncher.Start.CONTINUE, "");
    syncs.awaitCopied(sync);
    SyncHarness.run(source, "DROP INDEX by_v ON named", "UPDATE named SET v = code");
    assertSame("named");
    SyncHarness.run(
        source, "DROP INDEX by_code ON named", "INSERT INTO named VALUES (1, 1), (1, 2)");
    awaitRefusal(sync, "DROP INDEX by_code ON named", "index by_code names its rows");
  }
}
