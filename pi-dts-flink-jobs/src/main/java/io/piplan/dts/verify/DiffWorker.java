package io.piplan.dts.verify;

import io.piplan.dts.Row;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.Side;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;

/** Compares parts, one after another, on connections of its own. Used by one thread. */
public final class DiffWorker implements AutoCloseable {
  /** After so many parts whose digests differed for nothing, digests cost more than they save. */
  private static final int FALSE_ALARMS = 2;

  private final DiffOptions options;
  private final Throttle throttle;
  private final DifferenceSink sink;
  private final DiffSide a;
  private final DiffSide b;
  private final ExecutorService executor;
  private final Optional<MendingSession> mending;
  private final Map<TablePair, PairPlan.Outcome> plans = new HashMap<>();
  private final Map<TablePair, Integer> falseAlarms = new HashMap<>();
  private final VainWaits waits = new VainWaits();

  /**
   * @param throttle shared by all workers
   * @param sink is told the rows that differ
   */
  public DiffWorker(
      DatabaseRef a, DatabaseRef b, DiffOptions options, Throttle throttle, DifferenceSink sink) {
    this.options = options;
    this.throttle = throttle;
    this.sink = sink;
    this.a = new DiffSide(a, Side.SOURCE);
    try {
      this.b = new DiffSide(b, Side.TARGET);
    } catch (RuntimeException e) {
      this.a.close();
      throw e;
    }
    try {
      this.mending = this.b.dialect().mendingSession(this.b);
    } catch (RuntimeException e) {
      this.a.close();
      this.b.close();
      throw e;
    }
    this.executor =
        Executors.newFixedThreadPool(
            2,
            task -> {
              Thread thread = new Thread(task, "pi-diff");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * @param rows told rows of A as they are compared
   * @throws io.piplan.dts.DtsException if a side cannot be read
   */
  public DiffResult compare(DiffPart part, LongConsumer rows) {
    PairPlan.Outcome outcome =
        plans.computeIfAbsent(part.pair(), pair -> DiffPlanner.plan(pair, a, b, options));
    if (outcome.plan().isEmpty()) {
      return DiffResult.problem(part.pair(), outcome.problem());
    }
    PairPlan plan = outcome.plan().get();
    if (!plan.hasKey()) {
      return new BagDiff(plan, a, b, options, throttle, rows, waits).run();
    }
    Tally tally = new Tally(plan, options.samples(), new Told(plan, rows));
    boolean digesting =
        options.digests() && falseAlarms.getOrDefault(part.pair(), 0) < FALSE_ALARMS;
    KeyedDiff diff =
        new KeyedDiff(plan, a, b, executor, options, throttle, digesting, tally, waits);
    diff.run(part.range());
    if (diff.falseAlarm()) {
      falseAlarms.merge(part.pair(), 1, Integer::sum);
    }
    return tally.result();
  }

  /**
   * Compares the rows that have these keys.
   *
   * @param keys values of the pair's key columns, as A prints them
   * @throws io.piplan.dts.DtsException if a side cannot be read
   */
  public DiffResult compareKeys(TablePair pair, List<Row> keys) {
    PairPlan.Outcome outcome = DiffPlanner.plan(pair, a, b, options);
    if (outcome.plan().isEmpty() || !outcome.plan().get().hasKey()) {
      return DiffResult.problem(
          pair, outcome.plan().isEmpty() ? outcome.problem() : "rows cannot be found by their key");
    }
    PairPlan plan = outcome.plan().get();
    Tally tally = new Tally(plan, options.samples(), new Told(plan, rows -> {}));
    new KeyedDiff(plan, a, b, executor, options, throttle, false, tally, waits)
        .run(
            keys.stream()
                .map(key -> new Selection(plan, true, Optional.empty()).normalKey(key.values()))
                .toList());
    return tally.result();
  }

  /** Syncs that were waited for in vain. */
  VainWaits waits() {
    return waits;
  }

  private final class Told implements Tally.Listener {
    private final PairPlan plan;
    private final LongConsumer rows;

    Told(PairPlan plan, LongConsumer rows) {
      this.plan = plan;
      this.rows = rows;
    }

    @Override
    public void rows(long ofA) {
      rows.accept(ofA);
    }

    @Override
    public void differs(byte[][] rowA, byte[][] rowB) {
      sink.differs(new DifferentRow(plan, b.dialect(), mending, rowA, rowB));
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
    a.close();
    b.close();
  }
}
