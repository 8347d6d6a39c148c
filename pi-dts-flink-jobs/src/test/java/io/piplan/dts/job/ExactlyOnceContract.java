package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimit;
import io.piplan.embedded.EmbeddedFlink;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * I3, I4 and I8 while everything breaks: triggers on the target record each value that a row takes,
 * and in the end that must be, row by row, what triggers on the source recorded.
 */
@Tag("chaos")
@ExtendWith(ChaosServers.Extension.class)
abstract class ExactlyOnceContract {
  private static final String TWO_WRITERS = ", 'parallelism' = '2'";

  private final ChaosServers.Pair servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private ChaosBench.TaskManagers taskManagers;

  ExactlyOnceContract(ChaosServers.Pair servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 4, Map.of());
    syncs = new SyncHarness(flink, state);
    taskManagers = new ChaosBench.TaskManagers(flink);
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  private ChaosBench following() throws Exception {
    return new ChaosBench(servers, Counters.ROWS, true);
  }

  private String start(String definition) {
    return syncs.start(definition, SyncLauncher.Start.CONTINUE);
  }

  @Test
  void taskManagersAreLost() throws Exception {
    try (ChaosBench bench = following()) {
      start(bench.following(TWO_WRITERS));
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        for (int i = 0; i < 5; i++) {
          bench.awaitProgress();
          taskManagers.lose();
        }
        bench.awaitProgress();
      }
      bench.assertSameHistory(1000);
    }
  }

  @Test
  void connectionsAreKilledCutAndForgotten() throws Exception {
    try (ChaosBench bench = following()) {
      start(bench.following(TWO_WRITERS));
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        for (Relay network : new Relay[] {bench.toTarget, bench.toSource}) {
          bench.awaitProgress();
          network.cut();
          bench.awaitProgress();
          network.cutAfter(network == bench.toTarget ? 20_011 : 101);
          bench.awaitProgress();
          network.forget();
          bench.awaitProgress();
        }
        bench.toTarget.forgetAnswers();
        bench.awaitProgress();
        bench.killTargetConnections();
        bench.awaitProgress();
        bench.killSourceConnections();
        bench.awaitProgress();
      }
      bench.assertSameHistory(1000);
    }
  }

  @Test
  @Tag("mysql-chaos")
  void serversAreFrozenKilledAndRestarted() throws Exception {
    try (ChaosBench bench = following()) {
      start(bench.following(TWO_WRITERS));
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        bench.awaitProgress();
        bench.target.sigstop();
        TimeUnit.SECONDS.sleep(2);
        bench.target.sigcont();
        bench.awaitProgress();
        bench.target.kill9();
        bench.target.restart();
        bench.awaitProgress();
        bench.source.kill9();
        bench.source.restart();
        bench.awaitProgress();
        bench.source.restart();
        bench.awaitProgress();
        // The worst of all at once.
        bench.target.sigstop();
        taskManagers.lose();
        bench.killSourceConnections();
        bench.target.kill9();
        bench.target.restart();
        bench.awaitProgress();
        bench.target.restart();
        bench.awaitProgress();
      }
      bench.assertSameHistory(1000);
    }
  }

  @Test
  void oldCheckpointsAndOtherParallelism() throws Exception {
    SyncStore store = new SyncStore(state);
    try (ChaosBench bench = following()) {
      String sync = start(bench.following(", 'parallelism' = '1'"));
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        bench.awaitProgress();
        String old = syncs.control().stop(sync);
        start(bench.following(", 'parallelism' = '3'"));
        bench.awaitProgress();
        taskManagers.lose();
        bench.awaitProgress();
        // Cancelled, as by a crash of the cluster: its last checkpoint is behind the target.
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> store.lastCheckpoint(store.find(sync).orElseThrow()).isPresent());
        FlinkRest rest = new FlinkRest(flink.rest().toString());
        rest.cancel(rest.runningJob(sync).orElseThrow().id());
        awaitEnd(rest, sync);
        start(bench.following(TWO_WRITERS));
        bench.awaitProgress();
        // The old one again: all that came since is sent once more, to each number of writers.
        for (String parallelism : new String[] {"3", "1", "2"}) {
          syncs.control().stop(sync);
          store.save(store.find(sync).orElseThrow().withSavepoint(old));
          start(bench.following(", 'parallelism' = '" + parallelism + "'"));
          bench.awaitProgress();
        }
      }
      bench.assertSameHistory(1000);
    }
  }

  private static void awaitEnd(FlinkRest rest, String sync) {
    Awaitility.await().until(() -> rest.runningJob(sync).isEmpty());
  }

  @Test
  void sourceTransactionsStayWhole() throws Exception {
    try (ChaosBench bench = following()) {
      start(bench.following(", 'apply.transactions' = 'source', 'apply.batch-rows' = '7'"));
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000);
          TotalWatch watch = new TotalWatch(bench)) {
        bench.awaitProgress();
        taskManagers.lose();
        bench.awaitProgress();
        bench.killTargetConnections();
        bench.awaitProgress();
        bench.toTarget.cutAfter(20_011);
        bench.awaitProgress();
        bench.target.kill9();
        bench.target.restart();
        bench.awaitProgress();
        bench.killSourceConnections();
        bench.awaitProgress();
        assertThat(watch.reads.get()).isGreaterThan(20);
      }
      bench.assertSameHistory(500);
    }
  }

  /** A reader of the target who sees the same total at any time. */
  private static final class TotalWatch implements AutoCloseable {
    private final ChaosBench bench;
    private final Thread thread = new Thread(this::run, "total-watch");
    private volatile boolean stop;
    private final AtomicInteger reads = new AtomicInteger();
    private volatile String wrong;

    TotalWatch(ChaosBench bench) {
      this.bench = bench;
      thread.start();
    }

    private void run() {
      String right = Long.toString(Counters.TOTAL);
      while (!stop && wrong == null) {
        try (Connection target = bench.target()) {
          while (!stop && wrong == null) {
            String total = SyncHarness.rows(target, "SELECT SUM(balance) FROM c").get(0).get(0);
            wrong = right.equals(total) ? null : total;
            reads.incrementAndGet();
            TimeUnit.MILLISECONDS.sleep(10);
          }
        } catch (SQLException e) {
          // The target is down, which is what this test does.
          LockSupport.parkNanos(50_000_000);
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

  @Test
  @Tag("mysql-chaos")
  void copyAndChangesOverlap() throws Exception {
    copyWhileEverythingBreaks("");
  }

  @Test
  void copyAndChangesOverlapWithXa() throws Exception {
    copyWhileEverythingBreaks(", 'delivery' = 'exactly-once-xa'");
  }

  private void copyWhileEverythingBreaks(String delivery) throws Exception {
    int rows = 8_000;
    try (ChaosBench bench = new ChaosBench(servers, rows, false)) {
      try (Counters counters = bench.counters(rows, 4, 1000)) {
        String sync =
            start(
                bench.definition(
                    TWO_WRITERS
                        + delivery
                        + ", 'copy.chunk-rows' = '200', 'copy.rate-limit' = '250'"));
        bench.awaitProgress();
        taskManagers.lose();
        bench.awaitProgress();
        bench.killTargetConnections();
        bench.awaitProgress();
        bench.killSourceConnections();
        bench.awaitProgress();
        bench.target.kill9();
        bench.target.restart();
        bench.awaitProgress();
        assertThat(syncs.control().status(sync).copyDone()).as("too early").isFalse();
        // From here on as fast as it goes.
        syncs.control().limit(sync, Map.of(CopyLimit.ROWS, "0"));
        syncs.awaitCopied(sync);
        bench.awaitProgress();
      }
      bench.assertHistorySinceCopy();
    }
  }

  /** Transactions of two phases: some are prepared whenever something breaks. */
  @Test
  @Tag("mysql-chaos")
  void xaTransactionsWhileEverythingBreaks() throws Exception {
    String xa = ", 'delivery' = 'exactly-once-xa'";
    SyncStore store = new SyncStore(state);
    try (ChaosBench bench = following()) {
      String sync = start(bench.following(TWO_WRITERS + xa));
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        breakEverything(bench);
        String old = syncs.control().stop(sync);
        bench.assertNothingPrepared();
        start(bench.following(", 'parallelism' = '3'" + xa));
        bench.awaitProgress();
        taskManagers.lose();
        bench.awaitProgress();
        syncs.control().stop(sync);
        store.save(store.find(sync).orElseThrow().withSavepoint(old));
        start(bench.following(", 'parallelism' = '1'" + xa));
        bench.awaitProgress();
      }
      bench.assertSameHistory(500);
      syncs.control().stop(sync);
      bench.assertNothingPrepared();
    }
  }

  /** Rows go back for the time of a replay, but none of their states is left out. */
  @Test
  void atLeastOnceWhileEverythingBreaks() throws Exception {
    String atLeastOnce = ", 'delivery' = 'at-least-once'";
    SyncStore store = new SyncStore(state);
    try (ChaosBench bench = following()) {
      String sync = start(bench.following(TWO_WRITERS + atLeastOnce));
      try (Counters counters = bench.counters(Counters.ROWS, 4, 3000)) {
        bench.awaitProgress();
        String old = syncs.control().stop(sync);
        start(bench.following(TWO_WRITERS + atLeastOnce));
        breakEverything(bench);
        syncs.control().stop(sync);
        store.save(store.find(sync).orElseThrow().withSavepoint(old));
        start(bench.following(", 'parallelism' = '3'" + atLeastOnce));
        bench.awaitProgress();
      }
      bench.assertNothingMissing(500);
    }
  }

  private void breakEverything(ChaosBench bench) throws Exception {
    bench.awaitProgress();
    taskManagers.lose();
    bench.awaitProgress();
    bench.killTargetConnections();
    bench.awaitProgress();
    bench.toTarget.cutAfter(20_011);
    bench.awaitProgress();
    bench.toTarget.forgetAnswers();
    bench.awaitProgress();
    bench.target.kill9();
    bench.target.restart();
    bench.awaitProgress();
    bench.killSourceConnections();
    taskManagers.lose();
    bench.awaitProgress();
  }
}
