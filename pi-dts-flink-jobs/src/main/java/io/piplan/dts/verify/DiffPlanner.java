package io.piplan.dts.verify;

import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.Side;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts a diff into parts of about the same size. Large tables with integer keys are cut into
 * ranges; where keys are dense in one place and sparse in another, the ranges are narrower there.
 */
public final class DiffPlanner implements AutoCloseable {
  private static final String OWN_TABLES = "pi_dts_";
  private static final long PART_ROWS = 200_000;

  /** A part with so many times the rows wanted is cut again. */
  private static final long TOO_MANY = 4;

  private static final int CUTS = 16;

  private final DiffOptions options;
  private final DiffSide a;
  private final DiffSide b;
  private final long partRows;

  public DiffPlanner(DatabaseRef a, DatabaseRef b, DiffOptions options) {
    this.options = options;
    this.partRows = new Throttle(options.rowsPerSecond()).atOnce(PART_ROWS);
    this.a = new DiffSide(a, Side.SOURCE);
    try {
      this.b = new DiffSide(b, Side.TARGET);
    } catch (RuntimeException e) {
      this.a.close();
      throw e;
    }
  }

  /**
   * @throws io.piplan.dts.DtsException if a side cannot be read
   */
  public DiffPlan plan() {
    List<DiffPlan.Table> tables = new ArrayList<>();
    List<DiffPart> parts = new ArrayList<>();
    for (TablePair pair : pairs()) {
      PairPlan.Outcome outcome = plan(pair, a, b, options);
      long rows = outcome.plan().map(plan -> plan.a().estimatedRows()).orElse(0L);
      tables.add(new DiffPlan.Table(pair, rows, outcome.problem()));
      if (outcome.plan().isPresent()) {
        for (KeyRange range : ranges(outcome.plan().get())) {
          parts.add(new DiffPart(parts.size(), tables.size() - 1, pair, range));
        }
      }
    }
    return new DiffPlan(tables, parts);
  }

  private List<TablePair> pairs() {
    if (!options.tables().isEmpty()) {
      return options.tables();
    }
    return a.tableNames().stream()
        .filter(name -> !name.startsWith(OWN_TABLES))
        .map(name -> TablePair.of(name, name))
        .toList();
  }

  /** How a pair of tables is compared. */
  static PairPlan.Outcome plan(TablePair pair, DiffSide a, DiffSide b, DiffOptions options) {
    Optional<DiffTable> tableA = a.table(pair.a());
    Optional<DiffTable> tableB = b.table(pair.b());
    if (tableA.isEmpty() || tableB.isEmpty()) {
      return new PairPlan.Outcome(
          Optional.empty(),
          "there is no table "
              + (tableA.isEmpty()
                  ? pair.a() + " in A " + a.database()
                  : pair.b() + " in B " + b.database()));
    }
    boolean zeroDateIsNull = a.isPostgres() != b.isPostgres() || a.isHive() != b.isHive();
    return options.version().isPresent()
        ? PairPlan.ofVersions(
            pair, tableA.get(), tableB.get(), zeroDateIsNull, options.version().get())
        : PairPlan.of(pair, tableA.get(), tableB.get(), zeroDateIsNull);
  }

  /** A null for all rows. */
  private List<KeyRange> ranges(PairPlan plan) {
    List<KeyRange> ranges = new ArrayList<>();
    boolean whole = a.dialect().readsInOneGo() || b.dialect().readsInOneGo();
    if (whole || !plan.hasRanges()) {
      ranges.add(null);
      return ranges;
    }
    Selection ofA = new Selection(plan, true, options.where());
    Selection ofB = new Selection(plan, false, options.where());
    KeyRange extentA = a.extent(ofA);
    KeyRange extentB = b.extent(ofB);
    if (extentA == null && extentB == null) {
      return ranges;
    }
    KeyRange extent = extentA == null ? extentB : extentA.union(extentB);
    ArrayDeque<KeyRange> waiting = new ArrayDeque<>(extent.split(1 + estimate(ofA, ofB, extent)));
    while (!waiting.isEmpty()) {
      KeyRange range = waiting.poll();
      if (range.isSingle() || estimate(ofA, ofB, range) < TOO_MANY) {
        ranges.add(range);
      } else {
        List<KeyRange> cut = range.split(CUTS);
        for (int i = cut.size() - 1; i >= 0; i--) {
          waiting.addFirst(cut.get(i));
        }
      }
    }
    return ranges;
  }

  /** In parts of the size wanted. */
  private long estimate(Selection ofA, Selection ofB, KeyRange range) {
    return Math.max(a.estimate(ofA, range), b.estimate(ofB, range)) / partRows;
  }

  @Override
  public void close() {
    a.close();
    b.close();
  }
}
