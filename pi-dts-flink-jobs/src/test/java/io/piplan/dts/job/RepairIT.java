package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.job.SyncRepair.Rows;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of a target that somebody has damaged, mended by the sync itself while it runs. */
@ExtendWith(ServersExtension.class)
class RepairIT {
  private static final int ROWS = 12_000;

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private FlinkSyncRepair repairs;
  private String database;
  private Connection source;
  private Connection target;
  private String sync;

  RepairIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    repairs = new FlinkSyncRepair(state, SecretLookup.ofProcess(), Clock.systemUTC());
    database = servers.mySqlA().createDatabase("repair");
    source = SyncHarness.connect(servers.mySqlA(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50), b BIGINT UNSIGNED, f FLOAT,"
            + " d DATETIME(3))",
        "INSERT INTO t SELECT seq, CONCAT('名 ', seq), seq * 7, seq / 3,"
            + " '2024-01-01' + INTERVAL seq SECOND FROM "
            + EmbeddedMySql.numbers(ROWS),
        "CREATE TABLE words (w VARCHAR(30), n DECIMAL(8,2), v INT, PRIMARY KEY (w, n))",
        "INSERT INTO words SELECT CONCAT('Word ', seq), seq / 4, seq FROM "
            + EmbeddedMySql.numbers(3000));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    if (target != null) {
      target.close();
    }
    syncs.close();
    flink.close();
  }

  private String startSync(String kind, String options) throws SQLException {
    boolean postgres = kind.equals("postgres");
    String name =
        postgres
            ? servers.postgres().createDatabase("repaired")
            : servers.mySqlB().createDatabase("repaired");
    target =
        postgres
            ? SyncHarness.connect(servers.postgres(), name)
            : SyncHarness.connect(servers.mySqlB(), name);
    String definition =
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + (postgres
                ? SyncHarness.postgresCatalog("b", servers.postgres(), name)
                : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
            + "SYNC DATABASE a.`"
            + database
            + "` TO b.`"
            + (postgres ? "public" : name)
            + "` WITH ('name' = '"
            + database
            + "', 'checkpoint.interval' = '500 ms', 'parallelism' = '2'"
            + options
            + ");";
    sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    return definition;
  }

  private RepairReport repair(Rows rows) {
    return repairs.repair(sync, rows, DiffProgress.NONE, status -> {});
  }

  private static Rows all(String table) {
    return new Rows(table, List.of(), Optional.empty());
  }

  private static Rows where(String table, String condition) {
    return new Rows(table, List.of(), Optional.of(condition));
  }

  private static Rows keys(String table, String... keys) {
    return new Rows(
        table, Arrays.stream(keys).map(key -> List.of(key.split(","))).toList(), Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void mendsRowsRangesAndTablesWhileChangesGoOn(String kind) throws Exception {
    mends(kind, "");
  }

  @Tag("chaos")
  @ParameterizedTest
  @CsvSource({
    "mysql, delivery, exactly-once-xa",
    "postgres, delivery, exactly-once-xa",
    "mysql, apply.transactions, source",
    "postgres, apply.transactions, source"
  })
  void withOtherTransactionsToo(String kind, String option, String value) throws Exception {
    mends(kind, ", '%s' = '%s'".formatted(option, value));
  }

  private void mends(String kind, String options) throws Exception {
    startSync(kind, options);
    try (Workload workload = new Workload()) {
      // The workload leaves these rows alone.
      SyncHarness.run(
          target,
          "UPDATE t SET a = 'damaged' WHERE id = 5",
          "DELETE FROM t WHERE id = 6",
          "INSERT INTO t (id, a) VALUES (9000000, 'nobody')",
          "UPDATE t SET f = f + 0.001 WHERE id = 7",
          "DELETE FROM t WHERE id BETWEEN 10 AND 15",
          "UPDATE t SET d = NULL WHERE id = 20");
      Thread.sleep(300);

      RepairReport one = repair(keys("t", "5", "6", "9000000", "8000000"));
      assertThat(one.before().differences()).isEqualTo(3);
      assertThat(one.after().differences()).isZero();
      assertThat(one.mendedRows()).isEqualTo(2);
      assertThat(one.removedRows()).isEqualTo(2);
      assertThat(one.refused()).isEmpty();

      RepairReport range = repair(where("t", "id BETWEEN 7 AND 12"));
      assertThat(range.before().differences()).isEqualTo(4);
      assertThat(range.after().differences()).isZero();
      assertThat(range.mendedRows()).isEqualTo(4);

      assertThat(repairs.compare(sync, all("t"), DiffProgress.NONE).differences()).isEqualTo(4);
      RepairReport table = repair(all("t"));
      assertThat(table.before().differences()).isEqualTo(4);
      assertThat(table.after().differences()).isZero();
      assertThat(repair(all("t")).mendedRows()).isZero();
      assertThat(workload.changes()).isPositive();
    }
    assertSame();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void aResyncGoesOnThroughAKillAndARestart(String kind) throws Exception {
    String definition = startSync(kind, ", 'copy.chunk-rows' = '1000'");
    try (Workload workload = new Workload()) {
      SyncHarness.run(
          target,
          "UPDATE t SET a = 'damaged', b = 1 WHERE id % 3 = 0 AND id < 1000",
          "DELETE FROM t WHERE id BETWEEN 200 AND 700",
          "INSERT INTO t (id, a) VALUES (9000000, 'nobody'), (-5, 'nobody')");
      syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "4000"));
      long id = repairs.resync(sync, "t", Optional.empty());
      awaitChecked(id, 2_000);
      flink.terminateTaskManager(0);
      flink.startTaskManager();
      awaitChecked(id, 8_000);
      syncs.control().stop(sync);
      syncs.start(definition, SyncLauncher.Start.CONTINUE);
      syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
      ResyncStatus done = await(id);
      assertThat(done.state()).as(done.message()).isEqualTo("DONE");
      assertThat(done.removedRows()).isGreaterThanOrEqualTo(2);
      assertThat(done.refusedRows()).isZero();
      assertThat(workload.changes()).isPositive();
    }
    assertSame();
  }

  private void awaitChecked(long id, long rows) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> repairs.resync(sync, id).checkedRows() >= rows);
  }

  private ResyncStatus await(long id) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> !repairs.resync(sync, id).isOpen());
    return repairs.resync(sync, id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void keysOfTextAndOfSeveralColumns(String kind) throws Exception {
    startSync(kind, "");
    SyncHarness.run(
        target,
        "UPDATE words SET v = -1 WHERE w = 'Word 100'",
        "DELETE FROM words WHERE w = 'Word 200'",
        "INSERT INTO words VALUES ('Nobody''s', 1.5, 1)");
    if (kind.equals("postgres")) {
      // To MySQL it would be the row of 'Word 300'.
      SyncHarness.run(target, "INSERT INTO words VALUES ('word 300', 75, 1)");
    } else {
      SyncHarness.run(target, "UPDATE words SET w = 'word 300' WHERE w = 'Word 300'");
    }
    RepairReport one = repair(keys("words", "Word 100,25.00", "Word 200,50"));
    assertThat(one.after().differences()).isZero();
    ResyncStatus done = await(repairs.resync(sync, "words", Optional.empty()));
    assertThat(done.state()).as(done.message()).isEqualTo("DONE");
    assertSame();
    assertThat(repair(all("words")).before().differences()).isZero();
  }

  @Test
  void uniqueValuesThatAreInEachOthersWay() throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE u (id INT PRIMARY KEY, name VARCHAR(20) UNIQUE)",
        "INSERT INTO u SELECT seq, CONCAT('n', seq) FROM " + EmbeddedMySql.numbers(3000));
    startSync("mysql", "");
    SyncHarness.run(
        target,
        "UPDATE u SET name = 'x' WHERE id = 1",
        "UPDATE u SET name = 'n1' WHERE id = 2999",
        "UPDATE u SET name = 'n2999' WHERE id = 1",
        "DELETE FROM u WHERE id = 50",
        "INSERT INTO u VALUES (70000, 'n50')");
    RepairReport report = repair(all("u"));
    assertThat(report.before().differences()).isEqualTo(4);
    assertThat(report.after().differences()).as(report.refused().toString()).isZero();
  }

  @Test
  void aRowThatTheTargetRefusesIsToldAndTheSyncGoesOn() throws Exception {
    startSync("mysql", "");
    SyncHarness.run(
        target,
        "DELETE FROM t WHERE id IN (3, 4)",
        "ALTER TABLE t ADD CONSTRAINT small CHECK (id <> 4)");
    RepairReport report = repair(keys("t", "3", "4"));
    assertThat(report.after().differences()).isEqualTo(1);
    assertThat(report.refused()).singleElement().asString().contains("\"id\":\"4\"", "small");
    SyncHarness.run(source, "UPDATE t SET a = 'goes on' WHERE id = 11");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                SyncHarness.rows(target, "SELECT a FROM t WHERE id = 11")
                    .equals(List.of(List.of("goes on"))));
    RowHistory history = repairs.why(sync, "t", List.of("4"));
    assertThat(history.comparison()).isEqualTo("at the source only");
    assertThat(history.refusedAgain()).isNotEmpty();
  }

  @Test
  void whatCannotBeAskedForIsSaidAtOnce() throws Exception {
    startSync("mysql", "");
    assertThatThrownBy(() -> repair(all("nothing")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("there is no table");
    assertThatThrownBy(() -> repair(keys("t", "five")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("'five' is no value of column id");
    assertThatThrownBy(() -> repair(keys("words", "one")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("[w, n]");
    assertThatThrownBy(() -> repairs.resync(sync, "t", Optional.of("nope = 1")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("has no column nope");
    RowHistory history = repairs.why(sync, "t", List.of("17"));
    assertThat(history.comparison()).isEqualTo("the same on both sides");
    assertThat(history.target()).containsEntry("a", "名 17");
    assertThat(history.writer().place()).contains(":");
  }

  /** Its writer is then further than what the repair has read of the source. */
  @Test
  void aLockedRowThatIsReleasedMeanwhileIsNotTakenBack() throws Exception {
    startSync("mysql", ", 'verify.before-image' = 'lock'");
    SyncHarness.run(target, "UPDATE t SET b = 1 WHERE id = 5");
    SyncHarness.run(source, "UPDATE t SET b = 2 WHERE id = 5");
    RowLocks locks = syncs.control().locks(sync);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> locks.locks(sync).size() == 1 && locks.countAside(sync) == 1);
    CompletableFuture<RepairReport> repaired;
    try (Connection holding = SyncHarness.connect(servers.mySqlB(), target.getCatalog())) {
      // Here a repair stops that has read the source and is to write.
      SyncHarness.run(holding, "LOCK TABLES pi_dts_origin READ");
      repaired = CompletableFuture.supplyAsync(() -> repair(keys("t", "5")));
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  !SyncHarness.rows(
                          target,
                          "SELECT id FROM information_schema.PROCESSLIST WHERE info LIKE 'INSERT"
                              + " INTO %pi_dts_origin%' AND state LIKE 'Waiting for%'")
                      .isEmpty());
      SyncHarness.run(source, "UPDATE t SET b = 3 WHERE id = 5");
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> locks.countAside(sync) == 2);
      locks.release(locks.locks(sync), Lsn.START);
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> locks.locks(sync).isEmpty());
      SyncHarness.run(holding, "UNLOCK TABLES");
    }
    RepairReport report = repaired.get(90, TimeUnit.SECONDS);
    assertThat(report.after().differences()).isZero();
    assertThat(SyncHarness.rows(target, "SELECT b FROM t WHERE id = 5"))
        .containsExactly(List.of("3"));
    assertSame();
  }

  /** Its writer locks them in that order too: else the two could wait for each other. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void aRepairLocksTheRowBeforeItsLock(String kind) throws Exception {
    startSync(kind, ", 'verify.before-image' = 'lock'");
    SyncHarness.run(target, "UPDATE t SET b = 1 WHERE id = 5");
    SyncHarness.run(source, "UPDATE t SET b = 2 WHERE id = 5");
    RowLocks locks = syncs.control().locks(sync);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> locks.locks(sync).size() == 1 && locks.countAside(sync) == 1);
    String waits =
        kind.equals("postgres")
            ? "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                + " AND query LIKE 'SELECT % FOR UPDATE' AND wait_event_type = 'Lock'"
            : "SELECT id FROM information_schema.PROCESSLIST WHERE"
                + " info LIKE 'SELECT % FOR UPDATE' AND info LIKE '%`t`%'";
    CompletableFuture<RepairReport> repaired;
    target.setAutoCommit(false);
    SyncHarness.rows(target, "SELECT id FROM t WHERE id = 5 FOR UPDATE");
    try (Connection looking =
        kind.equals("postgres")
            ? SyncHarness.connect(servers.postgres(), target.getCatalog())
            : SyncHarness.connect(servers.mySqlB(), target.getCatalog())) {
      repaired = CompletableFuture.supplyAsync(() -> repair(keys("t", "5")));
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> !SyncHarness.rows(looking, waits).isEmpty());
      assertThat(SyncHarness.rows(looking, "SELECT sync FROM pi_dts_lock FOR UPDATE NOWAIT"))
          .hasSize(1);
    } finally {
      target.rollback();
      target.setAutoCommit(true);
    }
    assertThat(repaired.get(90, TimeUnit.SECONDS).after().differences()).isZero();
    assertThat(locks.locks(sync)).isEmpty();
    assertSame();
  }

  /** Else every later change of it would find it locked. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void aRowThatIsLockedAtTheSourceComesUnlocked(String kind) throws Exception {
    SyncHarness.run(
        source,
        "CREATE TABLE v (id INT PRIMARY KEY, a VARCHAR(50), pidal_c BIGINT NOT NULL)",
        "INSERT INTO v SELECT seq, 'a', 20 FROM " + EmbeddedMySql.numbers(100));
    startSync(kind, "");
    SyncHarness.run(source, "UPDATE v SET pidal_c = 21 WHERE id <= 3");
    SyncHarness.run(source, "UPDATE v SET a = 'last', pidal_c = 22 WHERE id = 100");
    awaitText("last", 100);
    assertThat(repairs.compare(sync, all("v"), DiffProgress.NONE).differences()).isZero();
    SyncHarness.run(
        target, "UPDATE v SET a = 'damaged' WHERE id = 1", "DELETE FROM v WHERE id = 2");
    RepairReport report = repair(all("v"));
    assertThat(report.before().differences()).isEqualTo(2);
    assertThat(report.after().differences()).isZero();
    assertThat(SyncHarness.rows(target, "SELECT pidal_c FROM v WHERE id <= 3"))
        .containsOnly(List.of("20"));
    SyncHarness.run(source, "UPDATE v SET a = 'next', pidal_c = 24 WHERE id <= 2");
    awaitText("next", 1);
    awaitText("next", 2);
  }

  private void awaitText(String text, int id) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(SyncHarness.rows(target, "SELECT a FROM v WHERE id = " + id))
                    .containsExactly(List.of(text)));
  }

  private void assertSame() {
    for (String table : List.of("t", "words")) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(repairs.compare(sync, all(table), DiffProgress.NONE).toText())
                      .endsWith("diff: 0\n"));
    }
  }

  /** Inserts, updates, deletes and changes of keys above 1000, until it is closed. */
  private final class Workload implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread = new Thread(this::run, "workload");
    private final AtomicInteger changes = new AtomicInteger();
    private volatile SQLException failure;

    Workload() {
      thread.start();
    }

    int changes() {
      return changes.get();
    }

    private void run() {
      Random random = new Random(42);
      try (Connection connection = SyncHarness.connect(servers.mySqlA(), database)) {
        while (!stop.get()) {
          int id = 1000 + random.nextInt(ROWS);
          String sql =
              switch (random.nextInt(4)) {
                case 0 -> "UPDATE t SET a = CONCAT('u', a), b = b + 1 WHERE id = " + id;
                case 1 -> "DELETE FROM t WHERE id = " + id;
                case 2 -> "REPLACE INTO t VALUES (" + id + ", 'r', 5, 1.5, NULL)";
                default -> "UPDATE IGNORE t SET id = id + 20000 WHERE id = " + id;
              };
          SyncHarness.run(connection, sql);
          changes.incrementAndGet();
        }
      } catch (SQLException e) {
        failure = e;
      }
    }

    @Override
    public void close() throws Exception {
      stop.set(true);
      thread.join();
      assertThat((Throwable) failure).isNull();
    }
  }
}
