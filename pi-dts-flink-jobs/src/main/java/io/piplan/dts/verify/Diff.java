package io.piplan.dts.verify;

import io.piplan.dts.jdbc.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Compares the tables of two databases by meaning: a value counts as equal if it says the same in
 * the types of both sides. Columns that only B has are not looked at, nor are the {@code pi_dts_*}
 * tables. Memory does not grow with the tables. May run while a sync writes, see {@link
 * DiffOptions#settle}.
 */
public final class Diff {
  private static final String OWN_TABLES = "pi_dts_";

  private final DatabaseRef a;
  private final DatabaseRef b;
  private final DiffOptions options;

  public Diff(DatabaseRef a, DatabaseRef b, DiffOptions options) {
    this.a = a;
    this.b = b;
    this.options = options;
  }

  /**
   * Compares all tables, one after the other.
   *
   * @throws io.piplan.dts.DtsException if a side cannot be read
   */
  public DiffReport run(DiffProgress progress) {
    long start = System.nanoTime();
    ExecutorService executor =
        Executors.newFixedThreadPool(
            2,
            task -> {
              Thread thread = new Thread(task, "pi-diff");
              thread.setDaemon(true);
              return thread;
            });
    try (DiffSide sideA = new DiffSide(a, Side.SOURCE);
        DiffSide sideB = new DiffSide(b, Side.TARGET)) {
      List<DiffResult> results = new ArrayList<>();
      for (TablePair pair : pairs(sideA)) {
        results.add(compare(pair, sideA, sideB, executor, progress));
      }
      return DiffReport.of(a, b, results, (System.nanoTime() - start) / 1_000_000);
    } finally {
      executor.shutdownNow();
    }
  }

  private List<TablePair> pairs(DiffSide sideA) {
    if (!options.tables().isEmpty()) {
      return options.tables();
    }
    return sideA.tableNames().stream()
        .filter(name -> !name.startsWith(OWN_TABLES))
        .map(name -> TablePair.of(name, name))
        .toList();
  }

  private DiffResult compare(
      TablePair pair,
      DiffSide sideA,
      DiffSide sideB,
      ExecutorService executor,
      DiffProgress progress) {
    Optional<DiffTable> tableA = sideA.table(pair.a());
    Optional<DiffTable> tableB = sideB.table(pair.b());
    if (tableA.isEmpty() || tableB.isEmpty()) {
      return DiffResult.problem(
          pair,
          "there is no table "
              + (tableA.isEmpty() ? pair.a() + " in A " + a : pair.b() + " in B " + b));
    }
    boolean oneIsPostgres = sideA.isPostgres() != sideB.isPostgres();
    PairPlan.Outcome outcome = PairPlan.of(pair, tableA.get(), tableB.get(), oneIsPostgres);
    if (outcome.plan().isEmpty()) {
      return DiffResult.problem(pair, outcome.problem());
    }
    PairPlan plan = outcome.plan().get();
    progress.at(pair.a(), 0, plan.a().estimatedRows());
    return plan.hasKey()
        ? new TableDiff(plan, sideA, sideB, executor, options, progress).run()
        : new BagDiff(plan, sideA, sideB, options, progress).run();
  }
}
