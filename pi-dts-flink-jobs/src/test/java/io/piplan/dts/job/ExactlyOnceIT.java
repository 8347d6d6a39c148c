package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * I1 to I3 with everything breaking: triggers on the target record each value that a row takes, and
 * in the end that must be, row by row, what triggers on the source recorded.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class ExactlyOnceIT {
  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private EmbeddedMySql targetServer;
  private String database;
  private String targetDatabase;
  private String sourceUser;
  private String sourcePassword;
  private int taskManager;

  ExactlyOnceIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    targetServer = servers.startMySql(MySqlOptions.defaults().withServerId(77));
    database = servers.mySqlA().createDatabase("bank");
    targetDatabase = targetServer.createDatabase("bank");
    sourceUser = "u_" + database;
    sourcePassword =
        SyncHarness.createUser(
            servers.mySqlA(),
            sourceUser,
            "SELECT, LOCK TABLES ON `" + database + "`.*",
            "REPLICATION SLAVE, REPLICATION CLIENT ON *.*");
    for (Connection side : List.of(source(), target())) {
      try (side) {
        SyncHarness.run(side, Counters.TABLE.toArray(String[]::new));
        SyncHarness.run(side, Counters.AUDIT.toArray(String[]::new));
      }
    }
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
    targetServer.close();
  }

  private Connection source() throws SQLException {
    return SyncHarness.connect(servers.mySqlA(), database);
  }

  private Connection target() throws SQLException {
    return SyncHarness.connect(targetServer, targetDatabase);
  }

  private String definition(String options) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA().port(), sourceUser, sourcePassword)
        + SyncHarness.mySqlCatalog("b", targetServer)
        + "SYNC DATABASE a.`%s` TO b.`%s` EXCLUDING TABLES (audit) WITH ('name' = '%s',"
            .formatted(database, targetDatabase, database)
        // Prepared equal tables and no copy: a copy may hide values that a row has taken.
        + " 'scan.startup.mode' = 'latest-offset', 'target.not-empty' = 'upsert',"
        + " 'checkpoint.interval' = '300 ms'"
        + options
        + ");";
  }

  private String startSync(String options) {
    return syncs.start(definition(options), SyncLauncher.Start.CONTINUE);
  }

  @Test
  void everyValueOnceAndInOrderWhateverBreaks() throws Exception {
    try (Counters counters = new Counters(servers.mySqlA(), database, 3, 3000)) {
      startSync(", 'parallelism' = '2'");
      awaitProgress();
      for (int round = 0; round < 2; round++) {
        loseTaskManager();
        awaitProgress();
        killConnections(targetServer, targetServer.user());
        awaitProgress();
        targetServer.kill9();
        targetServer.restart();
        awaitProgress();
        targetServer.sigstop();
        TimeUnit.SECONDS.sleep(3);
        targetServer.sigcont();
        awaitProgress();
        killConnections(servers.mySqlA(), sourceUser);
        awaitProgress();
      }
      // The worst of all at once.
      targetServer.sigstop();
      loseTaskManager();
      killConnections(servers.mySqlA(), sourceUser);
      targetServer.kill9();
      targetServer.restart();
      awaitProgress();
    }
    assertSameHistory();
  }

  @Test
  void sourceTransactionsStayWholeWhateverBreaks() throws Exception {
    try (Counters counters = new Counters(servers.mySqlA(), database, 3, 3000)) {
      startSync(", 'apply.transactions' = 'source', 'apply.batch-rows' = '7'");
      try (TotalWatch watch = new TotalWatch()) {
        awaitProgress();
        loseTaskManager();
        awaitProgress();
        killConnections(targetServer, targetServer.user());
        awaitProgress();
        targetServer.kill9();
        targetServer.restart();
        awaitProgress();
        killConnections(servers.mySqlA(), sourceUser);
        awaitProgress();
        assertThat(watch.reads).isPositive();
      }
    }
    assertSameHistory();
  }

  @Test
  void oldSavepointsAndCheckpointsDoubleNothing() throws Exception {
    SyncStore store = new SyncStore(state);
    try (Counters counters = new Counters(servers.mySqlA(), database, 2, 3000)) {
      String sync = startSync(", 'parallelism' = '2'");
      awaitProgress();
      String old = syncs.control().stop(sync);
      startSync(", 'parallelism' = '2'");
      awaitProgress();
      loseTaskManager();
      awaitProgress();
      syncs.control().stop(sync);
      // The old one again, with another number of writers: all that came since is sent once more.
      store.save(store.find(sync).orElseThrow().withSavepoint(old));
      startSync(", 'parallelism' = '3'");
      awaitProgress();
      // Cancelled, as by a crash of the cluster: its last checkpoint is behind the target.
      FlinkRest rest = new FlinkRest(flink.rest().toString());
      rest.cancel(rest.runningJob(sync).orElseThrow().id());
      Awaitility.await().until(() -> rest.runningJob(sync).isEmpty());
      assertThat(store.lastCheckpoint(store.find(sync).orElseThrow())).isPresent();
      startSync(", 'parallelism' = '1'");
      awaitProgress();
      // And from the oldest of all once more.
      syncs.control().stop(sync);
      store.save(store.find(sync).orElseThrow().withSavepoint(old));
      startSync(", 'parallelism' = '2'");
      awaitProgress();
    }
    assertSameHistory();
  }

  /** Waits until the target has got on by a good number of changes since now. */
  private void awaitProgress() {
    long before = audited();
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> audited() > before + 100);
  }

  private long audited() {
    try (Connection target = target()) {
      return Long.parseLong(SyncHarness.rows(target, "SELECT COUNT(*) FROM audit").get(0).get(0));
    } catch (SQLException e) {
      throw new IllegalStateException("the target does not tell its progress", e);
    }
  }

  private void loseTaskManager() {
    flink.terminateTaskManager(taskManager++);
    flink.startTaskManager();
  }

  /** Ends all connections of a user; waits for one, since the job may be restarting just then. */
  private static void killConnections(EmbeddedMySql server, String user) throws SQLException {
    String find =
        "SELECT id FROM information_schema.processlist WHERE user = '%s' AND id <> CONNECTION_ID()"
            .formatted(user);
    try (Connection root = SyncHarness.connect(server, "")) {
      List<List<String>> ids =
          Awaitility.await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> SyncHarness.rows(root, find), found -> !found.isEmpty());
      for (List<String> id : ids) {
        try {
          SyncHarness.run(root, "KILL " + id.get(0));
        } catch (SQLException e) {
          assertThat(e.getErrorCode()).as("gone by itself").isEqualTo(1094);
        }
      }
    }
  }

  private void assertSameHistory() throws SQLException {
    try (Connection source = source();
        Connection target = target()) {
      SyncHarness.awaitEqual(source, Counters.STATE, target, Counters.STATE);
      List<List<String>> expected = SyncHarness.rows(source, Counters.HISTORY);
      List<List<String>> found = SyncHarness.rows(target, Counters.HISTORY);
      assertThat(expected).hasSizeGreaterThan(500);
      for (int i = 0; i < Math.min(expected.size(), found.size()); i++) {
        assertThat(found.get(i)).as("change %d in the order of ids", i).isEqualTo(expected.get(i));
      }
      assertThat(found).hasSameSizeAs(expected);
    }
  }

  /** A reader of the target who sees the same total at any time. */
  private final class TotalWatch implements AutoCloseable {
    private final Thread thread = new Thread(this::run, "total-watch");
    private volatile boolean stop;
    private volatile int reads;
    private volatile String wrong;

    TotalWatch() {
      thread.start();
    }

    private void run() {
      while (!stop && wrong == null) {
        try (Connection target = target()) {
          while (!stop && wrong == null) {
            String total = SyncHarness.rows(target, "SELECT SUM(balance) FROM c").get(0).get(0);
            wrong = total.equals(Long.toString(Counters.TOTAL)) ? null : total;
            reads++;
            TimeUnit.MILLISECONDS.sleep(5);
          }
        } catch (SQLException e) {
          // The target is down, which is what this test does.
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }

    @Override
    public void close() throws InterruptedException {
      stop = true;
      thread.join();
      assertThat(wrong).as("total").isNull();
    }
  }
}
