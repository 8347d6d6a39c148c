package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.apply.RowLocks;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * I3 where nothing but the rows' versions is left to tell old from new: the progress on the target
 * is deleted, and all changes come again. Triggers on the target record each state that a row
 * takes.
 */
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuardedReplayIT {
  private static final String ALL = "SELECT id, v, pidal_c FROM stock ORDER BY id";
  private static final int IDS = 40;

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private Connection source;
  private Connection target;
  private String from;
  private String to;
  private long clock;

  GuardedReplayIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void startFlink() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
  }

  @AfterAll
  void stopFlink() {
    flink.close();
  }

  @BeforeEach
  void start() throws SQLException {
    syncs = new SyncHarness(flink, state);
    from = servers.mySqlA().createDatabase("replay_a");
    to = servers.mySqlB().createDatabase("replay_b");
    source = SyncHarness.connect(servers.mySqlA(), from);
    target = SyncHarness.connect(servers.mySqlB(), to);
    String table =
        "CREATE TABLE stock (id INT PRIMARY KEY, v INT NOT NULL, pidal_c BIGINT NOT NULL)";
    SyncHarness.run(source, table);
    String record = "INSERT INTO audit (op, id, version) VALUES ('%s', %s.id, %s.pidal_c >> 1)";
    String arrives = record.formatted("I", "NEW", "NEW");
    String leaves = record.formatted("D", "OLD", "OLD");
    SyncHarness.run(
        target,
        table,
        "CREATE TABLE audit (seq BIGINT AUTO_INCREMENT PRIMARY KEY, op CHAR(1), id INT,"
            + " version BIGINT)",
        "CREATE TRIGGER ai AFTER INSERT ON stock FOR EACH ROW " + arrives,
        "CREATE TRIGGER ad AFTER DELETE ON stock FOR EACH ROW " + leaves,
        "CREATE TRIGGER au AFTER UPDATE ON stock FOR EACH ROW IF OLD.id <> NEW.id THEN "
            + leaves
            + "; "
            + arrives
            + "; ELSE "
            + record.formatted("U", "NEW", "NEW")
            + "; END IF");
  }

  @AfterEach
  void stop() throws SQLException {
    syncs.close();
    source.close();
    target.close();
  }

  /** Inserts, updates, deletes, changes of keys; returns how many rows were changed. */
  private int work(Random random, int transactions) throws SQLException {
    int changed = 0;
    source.setAutoCommit(false);
    for (int i = 0; i < transactions; i++) {
      for (int statement = random.nextInt(3); statement >= 0; statement--) {
        changed += change(random.nextInt(IDS), random);
      }
      source.commit();
    }
    source.setAutoCommit(true);
    return changed;
  }

  private int change(int id, Random random) throws SQLException {
    String version = "(1 << 53) + (" + ++clock + " << 1)";
    int other = random.nextInt(IDS);
    boolean free = SyncHarness.rows(source, "SELECT 1 FROM stock WHERE id = " + other).isEmpty();
    String update = "UPDATE stock SET id = %d, v = v + 1, pidal_c = %s WHERE id = %d";
    String sql =
        switch (random.nextInt(5)) {
          case 0 -> "DELETE FROM stock WHERE id = " + id;
          case 1 -> "INSERT IGNORE INTO stock VALUES (" + id + ", 0, " + version + ")";
          case 2 -> update.formatted(free ? other : id, version, id);
          default -> update.formatted(id, version, id);
        };
    try (var statement = source.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private String launch(String options, SyncLauncher.Start start, List<String> begin) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + SyncHarness.mySqlCatalog("b", servers.mySqlB())
            + ("SYNC DATABASE a.`%s` TO b.`%s` INCLUDING TABLES (stock) WITH ('name' = '%s',"
                    + " 'checkpoint.interval' = '500 ms', 'target.not-empty' = 'upsert',"
                    + " 'scan.startup.mode' = 'specific-offset',"
                    + " 'scan.startup.specific-offset.file' = '%s',"
                    + " 'scan.startup.specific-offset.pos' = '%s', %s);")
                .formatted(from, to, from, begin.get(0), begin.get(1), options),
        start);
  }

  private List<String> sourceEnd() throws SQLException {
    String command = servers.mySqlA().isMariaDb() ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
    return SyncHarness.rows(source, command).get(0).subList(0, 2);
  }

  @ParameterizedTest
  @CsvSource({
    "exactly-once, row, off",
    "exactly-once, row, lock",
    "exactly-once, source, lock",
    "exactly-once-xa, row, off",
    "at-least-once, row, off"
  })
  void noValueGoesBackThoughProgressIsDeleted(String delivery, String transactions, String verify)
      throws Exception {
    String options =
        "'delivery' = '%s', 'apply.transactions' = '%s', 'verify.before-image' = '%s'"
                .formatted(delivery, transactions, verify)
            + (transactions.equals("row") ? ", 'parallelism' = '2'" : "");
    List<String> begin = sourceEnd();
    Random random = new Random(7);
    int first = work(random, 150);
    String sync = launch(options, SyncLauncher.Start.CONTINUE, begin);
    first += work(random, 150);
    SyncHarness.awaitEqual(source, ALL, target, ALL);
    syncs.control().stop(sync);
    long states = states();

    SyncHarness.run(target, "DELETE FROM pi_dts_progress");
    launch(options, SyncLauncher.Start.FRESH, begin);
    int second = work(random, 150);
    try {
      SyncHarness.awaitEqual(source, ALL, target, ALL);
    } catch (AssertionError | ConditionTimeoutException e) {
      throw new AssertionError(syncs.control().locks(sync).conflicts(sync, 3).toString(), e);
    }
    // All of it has come again (what changes a key counts twice if it changes the lane), and none
    // of what came again has been written.
    int all = first + second;
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> syncs.control().status(sync).changesApplied() >= all);
    assertThat(states() - states).isLessThanOrEqualTo(2L * second);
    assertNothingWentBack();
    RowLocks locks = syncs.control().locks(sync);
    assertThat(locks.conflicts(sync, 10)).isEmpty();
    assertThat(locks.locks(sync)).isEmpty();
  }

  private long states() throws SQLException {
    return Long.parseLong(SyncHarness.rows(target, "SELECT COUNT(*) FROM audit").get(0).get(0));
  }

  private void assertNothingWentBack() throws SQLException {
    Map<String, Long> last = new HashMap<>();
    List<List<String>> audit =
        SyncHarness.rows(target, "SELECT id, op, version FROM audit ORDER BY id, seq");
    assertThat(audit).hasSizeGreaterThan(100);
    for (List<String> row : audit) {
      long version = Long.parseLong(row.get(2));
      Long before = last.put(row.get(0), version);
      if (before != null) {
        boolean deleted = row.get(1).equals("D");
        assertThat(version)
            .as("row %s, %s", row.get(0), row.get(1))
            .isGreaterThanOrEqualTo(deleted ? before : before + 1);
      }
    }
  }
}
