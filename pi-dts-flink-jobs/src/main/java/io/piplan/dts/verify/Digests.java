package io.piplan.dts.verify;

import io.piplan.dts.TableCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Digests of rows that both servers compute alike, at about the same time. */
final class Digests {
  /** 16 bits of a hash: few enough for a result, many enough that a bucket has few rows. */
  static final int BUCKETS = 1 << 16;

  private final PairPlan plan;
  private final DiffSide a;
  private final DiffSide b;
  private final List<String> textsA;
  private final List<String> textsB;
  private final RowHash hash;
  private final ExecutorService executor;
  private final Selection selectionA;
  private final Selection selectionB;

  private Digests(
      PairPlan plan,
      DiffSide a,
      DiffSide b,
      List<String> textsA,
      List<String> textsB,
      RowHash hash,
      ExecutorService executor,
      Optional<TableCondition> where) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.textsA = textsA;
    this.textsB = textsB;
    this.hash = hash;
    this.executor = executor;
    this.selectionA = new Selection(plan, true, where);
    this.selectionB = new Selection(plan, false, where);
  }

  /** Nothing, if a column has no text that is the same on both servers. */
  static Optional<Digests> of(
      PairPlan plan,
      DiffSide a,
      DiffSide b,
      ExecutorService executor,
      Optional<TableCondition> where) {
    boolean same = a.sameDialect(b);
    RowHash hash = a.hashWith(b);
    Optional<List<String>> textsA =
        a.digestTexts(plan.columnsA(), plan.columnsB(), plan.meanings(), same, hash);
    Optional<List<String>> textsB =
        b.digestTexts(plan.columnsB(), plan.columnsA(), plan.meanings(), same, hash);
    return textsA.isPresent() && textsB.isPresent()
        ? Optional.of(new Digests(plan, a, b, textsA.get(), textsB.get(), hash, executor, where))
        : Optional.empty();
  }

  /** Two digests of a range. */
  record Both(RangeDigest a, RangeDigest b) {
    boolean agree() {
      return a.agrees(b);
    }

    KeyRange extent() {
      return a.extent() == null ? b.extent() : a.extent().union(b.extent());
    }

    /** Rows of the side that has more. */
    long rows() {
      return Math.max(a.rows(), b.rows());
    }
  }

  Both of(KeyRange range) {
    Future<RangeDigest> fromB = executor.submit(() -> b.digest(selectionB, textsB, hash, range));
    RangeDigest fromA = a.digest(selectionA, textsA, hash, range);
    return new Both(fromA, Prefetch.await(fromB));
  }

  /**
   * All rows, cut by a hash of their key.
   *
   * @param all how many buckets have rows
   * @param different those whose rows differ
   */
  record Buckets(long rows, long equalRows, int all, List<Integer> different) {}

  Buckets buckets() {
    Future<BucketDigests> fromB =
        executor.submit(() -> b.buckets(selectionB, textsB, hash, bucket(false)));
    BucketDigests inA = a.buckets(selectionA, textsA, hash, bucket(true));
    BucketDigests inB = Prefetch.await(fromB);
    List<Integer> different = new ArrayList<>();
    int all = 0;
    long equal = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      all += inA.rows(bucket) + inB.rows(bucket) > 0 ? 1 : 0;
      if (inA.agree(inB, bucket)) {
        equal += inA.rows(bucket);
      } else {
        different.add(bucket);
      }
    }
    return new Buckets(Math.max(inA.rows(), inB.rows()), equal, all, different);
  }

  /** The number of a row's bucket, as SQL. */
  private String bucket(boolean ofA) {
    List<String> texts = new ArrayList<>();
    for (int k : plan.key()) {
      texts.add((ofA ? textsA : textsB).get(k));
    }
    return (ofA ? a : b).dialect().bucket(texts, hash);
  }

  /** A condition for rows in some buckets. */
  String inBuckets(boolean ofA, List<Integer> buckets) {
    List<String> numbers = buckets.stream().map(String::valueOf).toList();
    return bucket(ofA) + " IN (" + String.join(", ", numbers) + ")";
  }
}
