package io.piplan.proxy.admin;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slow log, the audit log and the statistics of statements. Event loops hand over what ended,
 * and wait for nothing; a thread of its own does the rest. What that thread doesn't get done in
 * time is dropped and counted.
 */
public final class Journal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
  private static final int WAITING = 50_000;

  /** Characters of the statements that wait. */
  private static final long WAITING_CHARACTERS = 1 << 25;

  /** Tells where a statement goes. */
  public interface Routes {
    Routes NONE = (schema, sql) -> List.of();

    /**
     * The steps of a statement, each as step, node and SQL; none if there is nothing to tell.
     *
     * @param schema the current one; empty for none
     */
    List<List<String>> of(String schema, String sql);
  }

  /**
   * What is to be written.
   *
   * @param characters that it holds
   */
  private record Entry(Runnable task, long characters) {}

  private final JournalSettings settings;
  private final Routes routes;
  private final LogFile slow;
  private final LogFile audit;
  private final StatementStatistics statistics;
  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>(WAITING);
  private final AtomicLong waiting = new AtomicLong();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder slowStatements = new LongAdder();
  private final Thread thread = new Thread(this::work, "pi-proxy-journal");
  private volatile boolean open = true;

  /**
   * Opens the files and begins.
   *
   * @throws IOException if a file can't be written to
   */
  public Journal(JournalSettings settings, Routes routes) throws IOException {
    this.settings = settings;
    this.routes = routes;
    this.slow = settings.slowLog() == null ? null : new LogFile(settings.slowLog().file());
    try {
      this.audit = settings.auditLog() == null ? null : new LogFile(settings.auditLog().file());
    } catch (IOException e) {
      if (slow != null) {
        slow.close();
      }
      throw e;
    }
    this.statistics = settings.digests() > 0 ? new StatementStatistics(settings.digests()) : null;
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether statements are to be told to it. */
  public boolean looksAtStatements() {
    return settings.looksAtStatements();
  }

  /** Whether somebody wants to know where a statement of this length went. */
  public boolean isSlow(long nanos) {
    return slow != null && nanos >= settings.slowLog().longerThan().toNanos();
  }

  /** A statement has ended. */
  public void ended(StatementRun run) {
    long bound = run.bound() == null ? 0 : run.bound().length();
    put(() -> write(run), run.sql().length() + bound);
  }

  /** Somebody came or went. */
  public void session(String event, StatementRun.Client client, String why) {
    if (audit != null) {
      Instant at = Instant.now();
      put(
          () -> {
            Map<String, Object> entry = entry(at, client);
            entry.put("event", event);
            if (!why.isEmpty()) {
              entry.put("message", why);
            }
            keep(audit, entry);
          },
          0);
    }
  }

  /** Null if there are none. */
  public StatementStatistics statistics() {
    return statistics;
  }

  /** For Prometheus. */
  public String metrics() {
    StringBuilder out = new StringBuilder();
    Metrics.counter(
        out,
        "pi_proxy_slow_statements_total",
        "Statements that took longer than slow_log.longer_than.",
        slowStatements.sum());
    Metrics.counter(
        out,
        "pi_proxy_journal_dropped_total",
        "Entries of the logs and the statistics that were not written.",
        dropped.sum());
    return statistics == null ? out.toString() : out + statistics.metrics();
  }

  private void put(Runnable task, long characters) {
    long before = waiting.getAndAdd(characters);
    // A long one finds room when nothing waits.
    boolean room = before == 0 || before + characters <= WAITING_CHARACTERS;
    if (!open || !room || !queue.offer(new Entry(task, characters))) {
      waiting.addAndGet(-characters);
      dropped.increment();
    }
  }

  private void work() {
    List<Entry> entries = new ArrayList<>();
    while (open || !queue.isEmpty()) {
      try {
        entries.clear();
        if (queue.drainTo(entries, 1000) == 0) {
          entries.add(queue.take());
        }
        entries.forEach(this::run);
        if (queue.isEmpty()) {
          flush();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts this thread", e);
      }
    }
    flush();
    if (slow != null) {
      slow.close();
    }
    if (audit != null) {
      audit.close();
    }
  }

  private void run(Entry entry) {
    try {
      entry.task().run();
    } catch (RuntimeException e) {
      LOG.error("an entry of a log could not be written", e);
    } finally {
      waiting.addAndGet(-entry.characters());
    }
  }

  private void flush() {
    if (slow != null) {
      slow.flush();
    }
    if (audit != null) {
      audit.flush();
    }
  }

  private void write(StatementRun run) {
    String digest = StatementDigest.of(run.sql());
    if (statistics != null) {
      statistics.add(digest, run);
    }
    if (isSlow(run.nanos())) {
      slowStatements.increment();
      Map<String, Object> entry = statement(run, digest, settings.slowLog().values());
      entry.put("plan", plan(run));
      keep(slow, entry);
    }
    if (isAudited(run)) {
      Map<String, Object> entry = statement(run, digest, settings.auditLog().values());
      entry.put("event", "statement");
      keep(audit, entry);
    }
  }

  private boolean isAudited(StatementRun run) {
    if (audit == null) {
      return false;
    }
    return switch (settings.auditLog().statements()) {
      case NONE -> false;
      case ALL -> true;
      case CHANGES -> !Reads.only(run.sql());
    };
  }

  private static Map<String, Object> entry(Instant at, StatementRun.Client client) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("time", at.toString());
    entry.put("session", client.session());
    entry.put("user", client.user());
    entry.put("client", client.address());
    entry.put("schema", client.schema());
    return entry;
  }

  private static Map<String, Object> statement(StatementRun run, String digest, boolean values) {
    Map<String, Object> entry = entry(run.at(), run.client());
    entry.put("milliseconds", Math.round(run.nanos() / 1e3) / 1e3);
    entry.put("bytes", run.bytes());
    entry.put("rows_changed", run.changed());
    entry.put("error", run.error());
    entry.put("node", run.node());
    entry.put("prepared", run.prepared());
    entry.put("statement", values ? run.sql() : digest);
    return entry;
  }

  /** By the rules of this moment. */
  private List<Map<String, String>> plan(StatementRun run) {
    List<Map<String, String>> steps = new ArrayList<>();
    String sql = run.prepared() ? run.bound() : run.sql();
    List<List<String>> found = sql == null ? List.of() : routes.of(run.client().schema(), sql);
    for (List<String> step : found) {
      String text = settings.slowLog().values() ? step.get(2) : StatementDigest.of(step.get(2));
      steps.add(Map.of("step", step.get(0), "node", step.get(1), "sql", text));
    }
    return steps;
  }

  private void keep(LogFile file, Map<String, Object> entry) {
    if (!file.write(entry)) {
      dropped.increment();
    }
  }

  /** Writes what is there, for a moment at most. */
  @Override
  public void close() {
    open = false;
    // An interrupt would close the files. Whether there is room or not, it wakes up.
    var unused = queue.offer(new Entry(() -> {}, 0));
    try {
      thread.join(3_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
