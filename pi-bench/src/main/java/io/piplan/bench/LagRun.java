package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How long a committed row takes until it can be read on the target, while the source changes at a
 * given pace: probe rows are committed every few milliseconds, and looked for on the target.
 */
final class LagRun {
  private static final long PROBE_MILLIS = 20;
  private static final long LOOK_MILLIS = 2;
  private static final long WARM_UP_NANOS = 5_000_000_000L;

  private final Duration length;
  private final BenchServers servers;
  private final List<Workload> workloads;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong changed = new AtomicLong();
  private final Map<Long, Long> committed = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Double> lags = new ConcurrentLinkedQueue<>();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();

  LagRun(Duration length, BenchServers servers, List<Workload> workloads) {
    this.length = length;
    this.servers = servers;
    this.workloads = List.copyOf(workloads);
  }

  void run(String sync, OurSide ours, double eventsPerSecond, Report report) {
    CpuMeter meter = servers.cpuMeter();
    List<Thread> threads = new ArrayList<>();
    for (Workload workload : workloads) {
      threads.add(thread("pacer", () -> pace(workload, eventsPerSecond / workloads.size())));
    }
    threads.add(thread("prober", () -> probe(servers.source())));
    threads.add(thread("looker", () -> look(servers.target())));
    // The first seconds count neither as pace nor as lag.
    Pause.millis(WARM_UP_NANOS / 1_000_000);
    committed.clear();
    lags.clear();
    long changedBefore = changed.get();
    Map<String, Double> before = meter.read();
    long begin = System.nanoTime();
    long until = begin + length.toNanos();
    ours.await(sync, 200, () -> failure.get() != null || System.nanoTime() > until);
    double seconds = (System.nanoTime() - begin) / 1e9;
    Map<String, Double> used = CpuMeter.between(before, meter.read());
    double pace = (changed.get() - changedBefore) / seconds;
    stop.set(true);
    for (Thread thread : threads) {
      join(thread);
    }
    if (failure.get() != null) {
      throw failure.get();
    }
    tell(report, eventsPerSecond, pace, seconds, used);
  }

  private void tell(
      Report report, double wanted, double pace, double seconds, Map<String, Double> used) {
    Samples all = Samples.of(lags.stream().mapToDouble(Double::doubleValue).toArray());
    if (all.isEmpty()) {
      throw new BenchException("no probe row reached the target within " + seconds + " s");
    }
    report.note(
        String.format(
            Locale.ROOT,
            "Visible lag at %,.0f events/s (wanted: half of ours, %,.0f) over %.0f s, %,d probes:"
                + " p50 %.0f ms, p99 %.0f ms, max %.0f ms; %d probes not yet seen at the end."
                + " CPU seconds: %s",
            pace,
            wanted,
            seconds,
            all.sorted().length,
            all.median(),
            all.percentile(99),
            all.max(),
            committed.size(),
            Report.cpu(used)));
    report.figure("lagMillisP50", all.median());
    report.figure("lagMillisP99", all.percentile(99));
    report.figure("lagEventsPerSecond", pace);
  }

  /** Changes rows on schedule; when it falls behind by more than a second, it gives the rest up. */
  private void pace(Workload workload, double eventsPerSecond) {
    long begin = System.nanoTime();
    long due = 0;
    while (!stop.get()) {
      long now = System.nanoTime();
      long target = (long) ((now - begin) / 1e9 * eventsPerSecond);
      if (due >= target) {
        Pause.millis(1);
        continue;
      }
      int rows = workload.transactionOfFewStatements();
      changed.addAndGet(rows);
      due = Math.max(due + rows, target - (long) eventsPerSecond);
    }
  }

  private void probe(EmbeddedDatabase source) {
    try (Connection connection = source.connect(BinlogStretch.DATABASE);
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO " + BinlogStretch.PROBE + " VALUES (?)")) {
      for (long id = 1; !stop.get(); id++) {
        insert.setLong(1, id);
        insert.executeUpdate();
        committed.put(id, System.nanoTime());
        Pause.millis(PROBE_MILLIS);
      }
    } catch (SQLException e) {
      throw new BenchException("writing a probe failed: " + e.getMessage(), e);
    }
  }

  private void look(EmbeddedDatabase target) {
    try (Connection connection = target.connect(BinlogStretch.DATABASE);
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT id FROM " + BinlogStretch.PROBE + " WHERE id >= ?")) {
      while (!stop.get()) {
        long lowest = committed.keySet().stream().mapToLong(Long::longValue).min().orElse(-1);
        if (lowest >= 0) {
          select.setLong(1, lowest);
          try (ResultSet rows = select.executeQuery()) {
            long now = System.nanoTime();
            while (rows.next()) {
              Long at = committed.remove(rows.getLong(1));
              if (at != null) {
                lags.add((now - at) / 1e6);
              }
            }
          }
        }
        Pause.millis(LOOK_MILLIS);
      }
    } catch (SQLException e) {
      throw new BenchException("looking for a probe failed: " + e.getMessage(), e);
    }
  }

  private Thread thread(String name, Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (RuntimeException e) {
                failure.compareAndSet(null, e);
              }
            },
            "bench " + name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void join(Thread thread) {
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }
}
