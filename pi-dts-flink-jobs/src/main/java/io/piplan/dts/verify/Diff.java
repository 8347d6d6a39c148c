package io.piplan.dts.verify;

import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.jdbc.DatabaseRef;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Compares the tables of two databases by meaning: a value counts as equal if it says the same in
 * the types of both sides. Columns that only B has are not looked at, nor are the {@code pi_dts_*}
 * tables. Memory does not grow with the tables. May run while a sync writes, see {@link
 * DiffOptions#settle}.
 */
public final class Diff {
  private final DatabaseRef a;
  private final DatabaseRef b;
  private final DiffOptions options;

  public Diff(DatabaseRef a, DatabaseRef b, DiffOptions options) {
    this.a = a;
    this.b = b;
    this.options = options;
  }

  /** As {@link #run(DiffProgress, DifferenceSink)}, without a word about single rows. */
  public DiffReport run(DiffProgress progress) {
    return run(progress, DifferenceSink.NONE);
  }

  /**
   * Compares all tables.
   *
   * @throws DtsException if a side cannot be read
   */
  public DiffReport run(DiffProgress progress, DifferenceSink sink) {
    long start = System.nanoTime();
    DiffPlan plan;
    try (DiffPlanner planner = new DiffPlanner(a, b, options)) {
      plan = planner.plan();
    }
    Run run = new Run(plan, progress, sink);
    int workers = Math.max(1, Math.min(options.parallelism(), plan.parts().size()));
    ExecutorService executor =
        Executors.newFixedThreadPool(
            workers,
            task -> {
              Thread thread = new Thread(task, "pi-diff-part");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        running.add(executor.submit(run::work));
      }
      for (Future<?> worker : running) {
        Prefetch.await(worker);
      }
    } finally {
      executor.shutdownNow();
    }
    return DiffReport.of(a, b, run.results, (System.nanoTime() - start) / 1_000_000);
  }

  /**
   * Compares just the rows that have these keys.
   *
   * @param keys values of the pair's key columns, as A prints them
   * @throws DtsException if a side cannot be read
   */
  public DiffReport run(TablePair pair, List<Row> keys, DifferenceSink sink) {
    long start = System.nanoTime();
    try (DiffWorker worker =
        new DiffWorker(a, b, options, new Throttle(options.rowsPerSecond()), sink)) {
      return DiffReport.of(
          a, b, List.of(worker.compareKeys(pair, keys)), (System.nanoTime() - start) / 1_000_000);
    }
  }

  /** What the workers share. */
  private final class Run {
    private final DiffPlan plan;
    private final DiffProgress progress;
    private final DifferenceSink sink;
    private final Throttle throttle = new Throttle(options.rowsPerSecond());
    private final ConcurrentLinkedQueue<DiffPart> waiting;
    private final List<DiffResult> results = new ArrayList<>();
    private long rows;
    private long differences;
    private volatile boolean failed;

    Run(DiffPlan plan, DiffProgress progress, DifferenceSink sink) {
      this.plan = plan;
      this.progress = progress;
      this.sink = sink;
      this.waiting = new ConcurrentLinkedQueue<>(plan.parts());
      plan.tables().forEach(table -> results.add(table.begin()));
    }

    private void work() {
      try (DiffWorker worker = new DiffWorker(a, b, options, throttle, this::differs)) {
        DiffPart part = waiting.poll();
        while (part != null && !failed) {
          DiffPart current = part;
          add(part, worker.compare(part, count -> rows(current, count)));
          part = waiting.poll();
        }
      } catch (RuntimeException | Error e) {
        failed = true;
        throw e;
      }
    }

    private synchronized void differs(DifferentRow row) {
      differences++;
      sink.differs(row);
    }

    private synchronized void rows(DiffPart part, long count) {
      rows += count;
      progress.at(
          new DiffStatus(part.pair().a(), rows, Math.max(rows, plan.estimatedRows()), differences));
    }

    private synchronized void add(DiffPart part, DiffResult result) {
      results.set(part.table(), results.get(part.table()).plus(result, options.samples()));
    }
  }
}
