package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Compares one pair of tables with a key. Ranges of integer keys are compared by digests first and
 * narrowed to rows where those differ; other tables are read whole. Either way rows come in key
 * order from both sides and are merged, so that memory does not grow with the table.
 */
final class TableDiff {
  private static final long DIGEST_ROWS = 200_000;
  private static final long STREAM_ROWS = 500_000;

  /** A range of that many rows costs less to read than to narrow further. */
  private static final long READ_ROWS = 2_000;

  private static final int PARTS = 16;

  /** After so many ranges whose digests differed though all rows were equal, digests cost more. */
  private static final int FALSE_ALARMS = 2;

  private final PairPlan plan;
  private final DiffSide a;
  private final DiffSide b;
  private final ExecutorService executor;
  private final DiffOptions options;
  private final DiffProgress progress;
  private final Tally tally;
  private final Settling settling;
  private int falseAlarms;

  TableDiff(
      PairPlan plan,
      DiffSide a,
      DiffSide b,
      ExecutorService executor,
      DiffOptions options,
      DiffProgress progress) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.executor = executor;
    this.options = options;
    this.progress = progress;
    this.tally = new Tally(plan, options.samples());
    this.settling = new Settling(plan, a, b, tally, options.settle());
  }

  DiffResult run() {
    if (plan.hasRanges()) {
      compareRanges();
    } else {
      merge(null);
    }
    settling.settle();
    told();
    return tally.result();
  }

  private void compareRanges() {
    Both all = new Digests(List.of(), List.of(), RowHash.SHA256).of(null);
    KeyRange extent = all.extent();
    if (extent == null) {
      return;
    }
    Optional<Digests> digests = digests();
    long rows = Math.max(all.a().rows(), all.b().rows());
    for (KeyRange range :
        extent.split(1 + rows / (digests.isPresent() ? DIGEST_ROWS : STREAM_ROWS))) {
      if (digests.isPresent() && falseAlarms < FALSE_ALARMS) {
        Both found = digests.get().of(range);
        long before = settling.noted();
        narrow(found, range, digests.get());
        falseAlarms += !found.a().agrees(found.b()) && before == settling.noted() ? 1 : 0;
      } else {
        merge(range);
      }
      told();
    }
  }

  private Optional<Digests> digests() {
    if (!options.digests()) {
      return Optional.empty();
    }
    boolean same = a.sameDialect(b);
    RowHash hash = a.hashWith(b);
    Optional<List<String>> textsA =
        a.digestTexts(plan.columnsA(), plan.columnsB(), plan.meanings(), same, hash);
    Optional<List<String>> textsB =
        b.digestTexts(plan.columnsB(), plan.columnsA(), plan.meanings(), same, hash);
    return textsA.isPresent() && textsB.isPresent()
        ? Optional.of(new Digests(textsA.get(), textsB.get(), hash))
        : Optional.empty();
  }

  private void narrow(Both found, KeyRange range, Digests digests) {
    if (found.a().agrees(found.b())) {
      tally.equal(found.a().rows());
      return;
    }
    KeyRange extent = found.extent();
    if (extent == null) {
      return;
    }
    if (Math.max(found.a().rows(), found.b().rows()) <= READ_ROWS || extent.isSingle()) {
      merge(range);
      return;
    }
    List<KeyRange> parts = extent.split(PARTS);
    List<KeyRange> suspects = new ArrayList<>();
    List<Both> suspectDigests = new ArrayList<>();
    for (KeyRange part : parts) {
      Both both = digests.of(part);
      if (both.a().agrees(both.b())) {
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
        merge(suspects.get(i));
      } else {
        narrow(suspectDigests.get(i), suspects.get(i), digests);
      }
      told();
    }
  }

  /** Reads a range from both sides. */
  private void merge(KeyRange range) {
    try (Prefetch fromA = new Prefetch(executor, () -> a.rows(new Selection(plan, true), range));
        Prefetch fromB = new Prefetch(executor, () -> b.rows(new Selection(plan, false), range))) {
      new Merge(fromA, fromB).run();
    }
  }

  private void told() {
    progress.at(plan.pair().a(), tally.rowsA(), Math.max(plan.a().estimatedRows(), tally.rowsA()));
  }

  /** Two digests of a range, taken at about the same time. */
  private record Both(RangeDigest a, RangeDigest b) {
    KeyRange extent() {
      return a.extent() == null ? b.extent() : a.extent().union(b.extent());
    }
  }

  private final class Digests {
    private final List<String> textsA;
    private final List<String> textsB;
    private final RowHash hash;

    Digests(List<String> textsA, List<String> textsB, RowHash hash) {
      this.textsA = textsA;
      this.textsB = textsB;
      this.hash = hash;
    }

    Both of(KeyRange range) {
      Future<RangeDigest> fromB =
          executor.submit(() -> b.digest(new Selection(plan, false), textsB, hash, range));
      RangeDigest fromA = a.digest(new Selection(plan, true), textsA, hash, range);
      return new Both(fromA, Prefetch.await(fromB));
    }
  }

  private final class Merge {
    private final Prefetch fromA;
    private final Prefetch fromB;
    private byte[][] rowA;
    private byte[][] rowB;
    private Row keyA;
    private Row keyB;
    private long equal;

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
            equal();
          } else {
            settling.suspect(keyA, rowA, rowB);
          }
          nextA();
          nextB();
        }
      }
      tally.equal(equal);
    }

    private void equal() {
      if (++equal == 10_000) {
        tally.equal(equal);
        equal = 0;
        told();
      }
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
