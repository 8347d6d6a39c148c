package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimit;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a running sync to Hive does by itself, and what it tells of that. */
@ExtendWith(ServersExtension.class)
class HiveUpkeepIT {
  private static final int ROWS = 300;

  /** Runs of the schedule that are more than enough: one that rewrites, one that deletes. */
  private static final int RUNS = 8;

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm");

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private String database;
  private Connection source;
  private EmbeddedHive hive;
  private String ods;

  HiveUpkeepIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    hive = servers.hive();
    ods = hive.createDatabase("upkeep");
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    database = servers.mySqlA().createDatabase("upkeep");
    source = SyncHarness.connect(servers.mySqlA(), database);
    SyncHarness.run(
        source,
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(50))",
        "INSERT INTO t SELECT seq, CONCAT('row ', seq) FROM " + EmbeddedMySql.numbers(ROWS));
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    syncs.close();
    flink.close();
  }

  private String sync(String options) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", servers.mySqlA())
            + HiveHarness.catalog("h", hive)
            + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'checkpoint.interval' = '500 ms', 'parallelism' = '2', 'hive.log.retention' = '0 s', 'hive.files.retention' = '0 s', %s);"
                .formatted(database, ods, database, options),
        SyncLauncher.Start.CONTINUE);
  }

  private static void await(ThrowingRunnable condition) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(300))
        // A folder may go while it is looked at.
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .untilAsserted(condition);
  }

  /**
   * Waits for what some runs of the schedule bring about, however long each of them takes: on a
   * busy machine a statement of HiveServer2 may take a minute.
   */
  private void awaitWithinRuns(ThrowingRunnable condition) {
    long last = runs() + RUNS;
    Awaitility.await()
        .atMost(Duration.ofMinutes(15))
        .pollInterval(Duration.ofMillis(300))
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .failFast("it is not so after " + RUNS + " runs", () -> runs() > last)
        .untilAsserted(condition);
  }

  /** How many runs have begun on the table: each has a lease of its own, with the next number. */
  private long runs() {
    Path leases = hive.warehouse().resolve(ods + ".db").resolve("_pi_dts/+tables/t/leases");
    if (!Files.exists(leases)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(leases)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> Character.isDigit(name.charAt(0)))
          .mapToLong(name -> Long.parseLong(name.split("\\.", 2)[0]))
          .max()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Data files of a table of Hive, whether it names them or not. */
  private long files(String table) {
    Path folder = hive.warehouse().resolve(ods + ".db").resolve(table);
    if (!Files.exists(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("_") && !name.startsWith("."))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void restsOutsideOfItsWindowThenCopiesCountsAndCompacts() throws SQLException {
    ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
    String closed = TIME.format(now.plusHours(2)) + "-" + TIME.format(now.plusHours(3));
    String sync = sync("'hive.compact.interval' = '3 s', 'copy.window' = '" + closed + "'");
    await(
        () ->
            assertThat(syncs.control().status(sync).resting())
                .contains("outside of the copy's window"));
    assertThat(syncs.control().status(sync).copyDone()).isFalse();
    syncs.control().limit(sync, Map.of(CopyLimit.WINDOW, ""));
    syncs.awaitCopied(sync);
    await(() -> assertThat(syncs.control().status(sync).resting()).isEmpty());
    SyncHarness.run(
        source, "UPDATE t SET a = 'changed' WHERE id <= 40", "DELETE FROM t WHERE id > 290");
    await(
        () -> {
          TableProgress t = syncs.control().status(sync).tables().get(0);
          assertThat(t.table()).isEqualTo(database + ".t");
          assertThat(t.copiedRows()).isEqualTo(ROWS);
          assertThat(t.changes()).isEqualTo(50);
          assertThat(t.lastChangeMillis()).isPositive();
        });
    awaitWithinRuns(
        () -> {
          // By the schedule: one base, nothing in the log, and what was before is deleted.
          assertThat(files("t__state")).isEqualTo(1);
          assertThat(files("t__log")).isZero();
        });
    try (Connection target = hive.connect(ods)) {
      assertThat(SyncHarness.rows(target, "SHOW PARTITIONS t__state"))
          .singleElement()
          .satisfies(row -> assertThat(row.get(0)).contains("pi_segment=base-"));
      assertThat(SyncHarness.rows(target, "SELECT id, a FROM t ORDER BY id"))
          .isEqualTo(SyncHarness.rows(source, "SELECT id, a FROM t ORDER BY id"));
    }
  }

  /** Its writers are up to date with the binlog all the while. */
  @Test
  void daysAreMarkedWhenTheirTableIsCopied() throws SQLException {
    SyncHarness.run(
        source,
        "ALTER TABLE t ADD d DATETIME NOT NULL DEFAULT '2024-01-01 10:00:00'",
        "CREATE TABLE z (id INT PRIMARY KEY, d DATETIME NOT NULL DEFAULT '2024-01-01 10:00:00')",
        "INSERT INTO z (id) SELECT seq FROM " + EmbeddedMySql.numbers(6000));
    String sync =
        sync(
            "'hive.partition' = 't: d, z: d', 'hive.success.delay' = '1 s', 'copy.chunk-rows' ="
                + " '50', 'copy.rate-limit' = '30'");
    await(() -> assertThat(files("z__log/d_day=2024-01-01")).isPositive());
    await(() -> assertThat(isMarked("t__log")).isTrue());
    assertThat(copy(sync, "z").done()).isFalse();
    assertThat(isMarked("z__log")).isFalse();
    syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
    await(() -> assertThat(isMarked("z__log")).isTrue());
    assertThat(copy(sync, "z").done()).isTrue();
  }

  private boolean isMarked(String table) {
    return Files.exists(
        hive.warehouse()
            .resolve(ods + ".db")
            .resolve(table)
            .resolve("d_day=2024-01-01")
            .resolve("_SUCCESS"));
  }

  private TableProgress copy(String sync, String table) {
    return syncs.control().status(sync).tables().stream()
        .filter(each -> each.table().equals(database + "." + table))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @Tag("chaos")
  void tellsHowFastATableChangesAndMergesByItself() throws Exception {
    String sync = sync("'hive.layout' = 'merge', 'hive.merge.interval' = '3 s'");
    syncs.awaitCopied(sync);
    // Changes all the time, until their rate is told.
    long[] changes = {0};
    await(
        () -> {
          SyncHarness.run(source, "UPDATE t SET a = CONCAT('v', " + changes[0] + ")");
          changes[0] += ROWS;
          assertThat(syncs.control().status(sync).tables().get(0).changesPerSecond()).isPositive();
        });
    SyncHarness.run(source, "DELETE FROM t WHERE id > 250");
    await(
        () ->
            assertThat(syncs.control().status(sync).tables().get(0).changes())
                .isEqualTo(changes[0] + 50));
    await(
        () -> assertThat(syncs.control().status(sync).tables().get(0).changesPerSecond()).isZero());
    try (Connection target = hive.connect(ods)) {
      HiveHarness.awaitEqual(
          source, "SELECT id, a FROM t ORDER BY id", target, "SELECT id, a FROM t ORDER BY id");
      List<List<String>> log = SyncHarness.rows(target, "SHOW PARTITIONS t__log");
      assertThat(log).as("segments of the log that the table has are gone").hasSizeLessThan(3);
    }
  }
}
