package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * Compares a part of a pair of tables with a key. A range of integer keys is compared by digest
 * first and narrowed to rows where those differ; a table with other keys is cut into buckets by the
 * hash of the key, whose digests each server computes in one go. What differs is read from both
 * sides in key order and merged, so that memory does not grow with the table.
 */
final class KeyedDiff {
  /** A range of that many rows costs less to read than to narrow further. */
  private static final long READ_ROWS = 2_000;

  private static final int PARTS = 16;

  private final PairPlan plan;
  private final DiffSide a;
  private final DiffSide b;
  private final ExecutorService executor;
  private final Optional<TableCondition> where;
  private final Throttle throttle;
  private final Tally tally;
  private final Settling settling;
  private final Optional<Digests> digests;
  private boolean falseAlarm;

  /**
   * @param digesting whether to try digests
   */
  KeyedDiff(
      PairPlan plan,
      DiffSide a,
      DiffSide b,
      ExecutorService executor,
      DiffOptions options,
      Throttle throttle,
      boolean digesting,
      Tally tally,
      VainWaits waits) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.executor = executor;
    this.where = options.where();
    this.throttle = throttle;
    this.tally = tally;
    this.settling = new Settling(plan, a, b, tally, options, waits);
    this.digests = digesting ? Digests.of(plan, a, b, executor, where) : Optional.empty();
  }

  /**
   * @param range of the first key column, null for all rows
   */
  void run(KeyRange range) {
    if (digests.isEmpty()) {
      merge(range, List.of());
    } else if (range != null) {
      compare(range);
    } else {
      compareBuckets();
    }
    settling.settle();
  }

  /** Compares rows with these keys, in the form that is the same on all servers. */
  void run(List<Row> keys) {
    keys.forEach(settling::look);
    settling.settle();
  }

  private void compare(KeyRange range) {
    Digests.Both found = digests.orElseThrow().of(range);
    throttle.read(found.rows());
    narrow(found, range);
    falseAlarm |= !found.agree() && settling.noted() == 0;
  }

  private void narrow(Digests.Both found, KeyRange range) {
    if (found.agree()) {
      tally.equal(found.a().rows());
      return;
    }
    KeyRange extent = found.extent();
    if (extent == null) {
      return;
    }
    if (found.rows() <= READ_ROWS || extent.isSingle()) {
      merge(range, List.of());
      return;
    }
    List<KeyRange> parts = extent.split(PARTS);
    List<KeyRange> suspects = new ArrayList<>();
    List<Digests.Both> suspectDigests = new ArrayList<>();
    for (KeyRange part : parts) {
      Digests.Both both = digests.orElseThrow().of(part);
      throttle.read(both.rows());
      if (both.agree()) {
        tally.equal(both.a().rows());
      } else {
        suspects.add(part);
        suspectDigests.add(both);
      }
    }
    // Where differences are everywhere, narrowing would read everything several times.
    boolean everywhere = suspects.size() * 2 > parts.size();
    for (int i = 0; i < suspects.size(); i++) {
      if (everywhere) {
        merge(suspects.get(i), List.of());
      } else {
        narrow(suspectDigests.get(i), suspects.get(i));
      }
    }
  }

  /** Whether digests differed although all rows said the same: then they are a waste of time. */
  boolean falseAlarm() {
    return falseAlarm;
  }

  private void compareBuckets() {
    Digests.Buckets found = digests.orElseThrow().buckets();
    throttle.read(found.rows());
    if (found.different().size() > found.all() / 4) {
      merge(null, List.of());
      return;
    }
    tally.equal(found.equalRows());
    if (!found.different().isEmpty()) {
      merge(null, found.different());
    }
  }

  /**
   * Reads rows from both sides.
   *
   * @param buckets only rows in these; empty for all
   */
  private void merge(KeyRange range, List<Integer> buckets) {
    String inA = buckets.isEmpty() ? null : digests.orElseThrow().inBuckets(true, buckets);
    String inB = buckets.isEmpty() ? null : digests.orElseThrow().inBuckets(false, buckets);
    Selection ofA = new Selection(plan, true, where);
    Selection ofB = new Selection(plan, false, where);
    try (Prefetch fromA = new Prefetch(executor, () -> a.rows(ofA, range, inA));
        Prefetch fromB = new Prefetch(executor, () -> b.rows(ofB, range, inB))) {
      new Merge(fromA, fromB).run();
    }
  }

  private final class Merge {
    private static final int TOLD_ROWS = 1_000;

    private final Prefetch fromA;
    private final Prefetch fromB;
    private byte[][] rowA;
    private byte[][] rowB;
    private Row keyA;
    private Row keyB;
    private long equal;
    private long read;

    Merge(Prefetch fromA, Prefetch fromB) {
      this.fromA = fromA;
      this.fromB = fromB;
    }

    void run() {
      nextA();
      nextB();
      while (rowA != null || rowB != null) {
        int order = rowA == null ? 1 : rowB == null ? -1 : plan.compareKeys(keyA, keyB);
        if (order < 0) {
          settling.suspect(keyA, rowA, null);
          nextA();
        } else if (order > 0) {
          settling.suspect(keyB, null, rowB);
          nextB();
        } else {
          if (plan.same(rowA, rowB)) {
            equal++;
          } else {
            settling.suspect(keyA, rowA, rowB);
          }
          nextA();
          nextB();
        }
        if (++read == TOLD_ROWS) {
          tell();
        }
      }
      tell();
    }

    private void tell() {
      throttle.read(read);
      tally.equal(equal);
      read = 0;
      equal = 0;
    }

    private void nextA() {
      Row before = keyA;
      rowA = fromA.next();
      keyA = rowA == null ? null : ordered(before, plan.keyOfA(rowA), plan.pair().a());
    }

    private void nextB() {
      Row before = keyB;
      rowB = fromB.next();
      keyB = rowB == null ? null : ordered(before, plan.keyOfB(rowB), plan.pair().b());
    }

    /** Merging relies on the order: if it is not what we take it for, say so and stop. */
    private Row ordered(Row before, Row key, String table) {
      if (before != null && plan.compareKeys(before, key) > 0) {
        throw new DtsException(
            DtsError.INTERNAL,
            "rows of " + table + " do not come in key order: " + key + " after " + before,
            "name other key columns for this table");
      }
      return key;
    }
  }
}
