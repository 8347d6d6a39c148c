package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.job.ChaosServers.Target;
import io.piplan.embedded.EmbeddedFlink;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A target that others use too, or that is full. See {@link ExactlyOnceContract} for what is
 * compared.
 */
@Tag("chaos")
@ExtendWith(ChaosServers.Extension.class)
abstract class BusyTargetContract {
  private final ChaosServers.Pair servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;

  BusyTargetContract(ChaosServers.Pair servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  private String start(ChaosBench bench) {
    String definition = bench.following(", 'parallelism' = '2'");
    return syncs.start(definition, SyncLauncher.Start.CONTINUE);
  }

  @Test
  void locksOfOthers() throws Exception {
    try (ChaosBench bench = new ChaosBench(servers, Counters.ROWS, true)) {
      String sync = start(bench);
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        bench.awaitProgress();
        long before = deadlocks(bench);
        int lostByUs = lockInOtherOrders(bench, 30);
        assertThat(deadlocks(bench) - before).as("lost by the sync").isGreaterThan(lostByUs);
        bench.awaitProgress();
        holdAllRows(bench);
        bench.awaitProgress();
      }
      assertThat(syncs.control().status(sync).state()).isEqualTo("RUNNING");
      bench.assertSameHistory(500);
    }
  }

  /** Returns how many of the deadlocks that this caused it lost itself. */
  private static int lockInOtherOrders(ChaosBench bench, int times) throws Exception {
    Random random = new Random(3);
    int lost = 0;
    try (Connection other = bench.target();
        Statement statement = other.createStatement()) {
      // With many changes of its own, its transaction is the more expensive one to undo.
      statement.execute("CREATE TABLE heavy (id INT)");
      other.setAutoCommit(false);
      for (int i = 0; i < times; i++) {
        try {
          statement.execute(
              "INSERT INTO heavy SELECT a.id FROM c a CROSS JOIN (SELECT id FROM c LIMIT 20) b");
          other.setSavepoint();
          for (int id = Counters.ROWS; id > 0; id -= 1 + random.nextInt(6)) {
            statement.executeQuery("SELECT n FROM c WHERE id = " + id + " FOR UPDATE").close();
            TimeUnit.MILLISECONDS.sleep(2);
          }
        } catch (SQLException e) {
          assertThat(e.getSQLState()).as(e.getMessage()).isIn("40001", "40P01");
          lost++;
        }
        other.rollback();
      }
    }
    return lost;
  }

  private long deadlocks(ChaosBench bench) throws SQLException {
    String sql =
        servers.kind() == Target.POSTGRES
            ? "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            : "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
                + " WHERE VARIABLE_NAME = 'Innodb_deadlocks'";
    try (Connection connection = bench.target()) {
      return Long.parseLong(SyncHarness.rows(connection, sql).get(0).get(0));
    }
  }

  /** For longer than the sync waits for a lock. */
  private static void holdAllRows(ChaosBench bench) throws Exception {
    try (Connection other = bench.target();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      for (boolean locked = false; !locked; ) {
        try {
          statement.executeQuery("SELECT n FROM c FOR UPDATE").close();
          locked = true;
        } catch (SQLException e) {
          assertThat(e.getSQLState()).as(e.getMessage()).isIn("40001", "40P01");
          other.rollback();
        }
      }
      TimeUnit.SECONDS.sleep(34);
      other.rollback();
    }
  }

  @Test
  void fullDisk() throws Exception {
    // A server that crashes later replays its log, and wants the disk back for that.
    try (SmallDisk disk = SmallDisk.mount(8);
        Closing own = new Closing(servers.withNewTarget());
        ChaosBench bench = new ChaosBench(own.pair(), Counters.ROWS, true)) {
      moveAudit(bench, disk);
      String sync = start(bench);
      try (Counters counters = bench.counters(Counters.ROWS, 4, 1000)) {
        bench.awaitProgress();
        disk.fill();
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(500))
            .untilAsserted(
                () ->
                    assertThat(syncs.control().status(sync).failure())
                        .contains("the target has no space left", "free space"));
        TimeUnit.SECONDS.sleep(3);
        disk.free();
        bench.awaitProgress();
      }
      bench.assertSameHistory(500);
      assertThat(syncs.control().status(sync).state()).isEqualTo("RUNNING");
    }
  }

  private record Closing(ChaosServers.Pair pair) implements AutoCloseable {
    @Override
    public void close() {
      pair.target().close();
    }
  }

  /** What grows goes where it can't grow for long. */
  private void moveAudit(ChaosBench bench, SmallDisk disk) throws SQLException {
    try (Connection on = bench.target()) {
      if (servers.kind() == Target.POSTGRES) {
        SyncHarness.run(
            on,
            "CREATE TABLESPACE small LOCATION '" + disk.folder() + "'",
            "ALTER TABLE audit SET TABLESPACE small");
      } else {
        // MariaDB moves no table that is there already.
        SyncHarness.run(
            on,
            "RENAME TABLE audit TO old",
            "CREATE TABLE audit " + Audit.MYSQL_COLUMNS + " DATA DIRECTORY='" + disk.folder() + "'",
            "INSERT INTO audit SELECT * FROM old",
            "DROP TABLE old");
      }
    }
  }
}
