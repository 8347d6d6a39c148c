package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffReport;
import io.piplan.dts.verify.DiffStatus;
import io.piplan.dts.verify.DifferentRow;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A diff as a Flink job whose task managers are lost on the way. */
@ExtendWith(ServersExtension.class)
class FlinkDiffIT {
  private static final int ROWS = 60_000;

  /** MiB. */
  private static final int HEAP = 96;

  private static final int TASKS = 24;

  private final Servers servers;
  @TempDir Path state;

  FlinkDiffIT(Servers servers) {
    this.servers = servers;
  }

  private String url(EmbeddedDatabase server, String database) throws Exception {
    Path secret = Files.writeString(state.resolve(database), server.password());
    return "mysql://%s@127.0.0.1:%d/%s?password-file=%s"
        .formatted(server.user(), server.port(), database, secret);
  }

  @Test
  void findsEveryDifferenceOnceThoughTaskManagersAreLost() throws Exception {
    String a = servers.mySqlA().createDatabase("job_a");
    String b = servers.mySqlB().createDatabase("job_b");
    String table = "CREATE TABLE t (id INT PRIMARY KEY, v BIGINT UNSIGNED)";
    String filling = "INSERT INTO t SELECT seq, seq * 7 FROM " + EmbeddedMySql.numbers(ROWS);
    try (Connection atA = SyncHarness.connect(servers.mySqlA(), a);
        Connection atB = SyncHarness.connect(servers.mySqlB(), b)) {
      SyncHarness.run(atA, table, filling, "CREATE TABLE words (w VARCHAR(9) PRIMARY KEY)");
      SyncHarness.run(
          atB,
          table,
          filling,
          "UPDATE t SET v = v ^ 1 WHERE id IN (77, 30000)",
          "DELETE FROM t WHERE id = 59999");
    }
    DiffRequest request =
        new DiffRequest(
            url(servers.mySqlA(), a),
            url(servers.mySqlB(), b),
            null,
            null,
            List.of(),
            null,
            null,
            0,
            20,
            2,
            10_000);
    List<DiffStatus> told = new CopyOnWriteArrayList<>();
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of())) {
      FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
      Thread killer =
          new Thread(
              () -> {
                while (told.stream().noneMatch(status -> status.rows() > 0)) {
                  pause();
                }
                flink.terminateTaskManager(0);
                flink.startTaskManager();
              });
      killer.setDaemon(true);
      killer.start();

      DiffReport report = new FlinkDiff(SecretLookup.ofProcess()).run(request, runtime, told::add);

      killer.join();
      assertThat(report.tables()).hasSize(2);
      assertThat(report.tables().get(0).different()).isEqualTo(2);
      assertThat(report.tables().get(0).onlyInA()).isEqualTo(1);
      assertThat(report.tables().get(0).rowsA()).isEqualTo(ROWS);
      assertThat(report.tables().get(1).problem()).contains("no table words");
      assertThat(report.differences()).isEqualTo(4);
      List<String> mending = new ArrayList<>();
      assertThat(
              new FlinkDiff(SecretLookup.ofProcess())
                  .tell(request, report, row -> row.mendingSql().ifPresent(mending::add)))
          .isEmpty();
      assertThat(mending).hasSize(3);
      try (Connection atB = SyncHarness.connect(servers.mySqlB(), b)) {
        SyncHarness.run(atB, mending.toArray(String[]::new));
        SyncHarness.run(atB, "CREATE TABLE words (w VARCHAR(9) PRIMARY KEY)");
      }
      DiffReport again =
          new FlinkDiff(SecretLookup.ofProcess()).run(request, runtime, status -> {});
      assertThat(again.differences()).as(again.toText()).isZero();
      // Of more rows than samples the others are counted.
      try (Connection atB = SyncHarness.connect(servers.mySqlB(), b)) {
        SyncHarness.run(atB, "UPDATE t SET v = v + 1 WHERE id <= 30");
      }
      DiffReport many = new FlinkDiff(SecretLookup.ofProcess()).run(request, runtime, status -> {});
      List<DifferentRow> rows = new ArrayList<>();
      assertThat(new FlinkDiff(SecretLookup.ofProcess()).tell(request, many, rows::add))
          .isEqualTo(Map.of("t", 10L));
      assertThat(rows).hasSize(20);
    }
  }

  /**
   * As many rows as {@code -Dpi.diff.rows} says, in a process whose heap holds little more than
   * Flink itself: what the tasks keep does not grow with the rows.
   */
  @Tag("chaos")
  @Test
  void findsOneChangedBitInMillionsOfRowsWithASmallHeap() throws Exception {
    long rows = Long.getLong("pi.diff.rows", 2_000_000);
    String a = servers.mySqlA().createDatabase("big_a");
    String b = servers.mySqlB().createDatabase("big_b");
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(() -> fill(servers.mySqlA(), a, rows));
    fill(servers.mySqlB(), b, rows);
    other.join();
    try (Connection atB = SyncHarness.connect(servers.mySqlB(), b)) {
      SyncHarness.run(atB, "UPDATE t SET v = v ^ 1 WHERE id = " + rows * 2 / 3);
    }
    DiffJobProcess.Outcome outcome = DiffJobProcess.run(HEAP, state, request(a, b, 2, 0));
    System.out.println(outcome);
    assertThat(outcome.rows()).isEqualTo(rows);
    assertThat(outcome.different()).isEqualTo(1);
    assertThat(outcome.mostMebiBytes() - outcome.idleMebiBytes()).isLessThan(TASKS);
  }

  private static void fill(EmbeddedDatabase server, String database, long rows) {
    try (Connection on = SyncHarness.connect(server, database)) {
      SyncHarness.run(
          on,
          "SET SESSION sql_log_bin = 0",
          "CREATE TABLE t (id INT PRIMARY KEY, v BIGINT UNSIGNED NOT NULL)",
          "INSERT INTO t SELECT seq, seq * 7 FROM " + EmbeddedMySql.numbers(100_000));
      for (long there = 100_000; there < rows; there += Math.min(there, rows - there)) {
        SyncHarness.run(
            on,
            "INSERT INTO t SELECT id + %d, v + %d FROM t WHERE id <= %d"
                .formatted(there, 7 * there, rows - there));
      }
      SyncHarness.run(on, "ANALYZE TABLE t");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private DiffRequest request(String a, String b, int parallelism, long rate) throws Exception {
    return new DiffRequest(
        url(servers.mySqlA(), a),
        url(servers.mySqlB(), b),
        null,
        null,
        List.of(),
        null,
        null,
        0,
        20,
        parallelism,
        rate);
  }

  @Test
  void aLimitHoldsForAllTasksTogether() throws Exception {
    String a = servers.mySqlA().createDatabase("slow_a");
    String b = servers.mySqlB().createDatabase("slow_b");
    fill(servers.mySqlA(), a, 100_000);
    fill(servers.mySqlB(), b, 100_000);
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of())) {
      FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
      DiffReport report =
          new FlinkDiff(SecretLookup.ofProcess())
              .run(request(a, b, 2, 20_000), runtime, status -> {});
      assertThat(report.differences()).isZero();
      assertThat(report.tables().get(0).rowsA()).isEqualTo(100_000);
      // The first second's rows may come at once.
      assertThat(report.millis()).isBetween(3_500L, 60_000L);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
