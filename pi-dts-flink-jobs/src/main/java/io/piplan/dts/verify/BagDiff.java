package io.piplan.dts.verify;

import io.piplan.dts.value.Meaning;
import io.piplan.dts.verify.RowDifference.Kind;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;

/**
 * Compares two tables without a key as bags of rows: how often does each row occur? Tables are read
 * several times if they are large, each time for a part of the rows chosen by their hash, so that
 * memory does not grow with the table.
 */
final class BagDiff {
  private static final long PART_ROWS = 500_000;
  private static final int TOLD_ROWS = 1_000;

  private final PairPlan plan;
  private final DiffSide a;
  private final DiffSide b;
  private final DiffOptions options;
  private final Throttle throttle;
  private final MessageDigest md5;

  BagDiff(PairPlan plan, DiffSide a, DiffSide b, DiffOptions options, Throttle throttle) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.options = options;
    this.throttle = throttle;
    try {
      this.md5 = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }

  /** A hash of a row's meaning; 128 bits, so that two rows never share one by chance. */
  private record Hash(long high, long low) {}

  private static final class Sum {
    private long rows;
    private long high;
    private long low;

    private void add(Hash hash) {
      rows++;
      high += hash.high();
      low += hash.low();
    }

    private boolean equalTo(Sum other) {
      return rows == other.rows && high == other.high && low == other.low;
    }
  }

  DiffResult run() {
    long deadline = System.nanoTime() + options.settle().toNanos();
    DiffResult result = once();
    while (result.differences() > 0 && System.nanoTime() < deadline) {
      result = once();
    }
    return result;
  }

  private DiffResult once() {
    Tally tally = new Tally(plan, options.samples(), Tally.Listener.NONE);
    Sum sumA = sum(true);
    Sum sumB = sum(false);
    if (sumA.equalTo(sumB)) {
      tally.equal(sumA.rows);
      return tally.result();
    }
    int parts = (int) (1 + Math.max(sumA.rows, sumB.rows) / PART_ROWS);
    for (int part = 0; part < parts; part++) {
      comparePart(tally, part, parts);
    }
    return tally.result();
  }

  private Sum sum(boolean isA) {
    Sum sum = new Sum();
    try (RowCursor rows = cursor(isA)) {
      for (byte[][] row = rows.next(); row != null; row = rows.next()) {
        sum.add(hash(isA, row));
        if (sum.rows % TOLD_ROWS == 0) {
          throttle.read(isA ? TOLD_ROWS : 0);
        }
      }
    }
    return sum;
  }

  private void comparePart(Tally tally, int part, int parts) {
    Map<Hash, long[]> surplus = new HashMap<>();
    long rowsA = count(true, part, parts, surplus, 1);
    count(false, part, parts, surplus, -1);
    surplus.values().removeIf(count -> count[0] == 0);
    long inA = surplus.values().stream().mapToLong(count -> Math.max(0, count[0])).sum();
    long inB = surplus.values().stream().mapToLong(count -> Math.max(0, -count[0])).sum();
    tally.equal(rowsA - inA);
    tally.unpaired(inA, inB);
    describe(tally, surplus, true);
    describe(tally, surplus, false);
  }

  private long count(boolean isA, int part, int parts, Map<Hash, long[]> surplus, int direction) {
    long rows = 0;
    try (RowCursor cursor = cursor(isA)) {
      for (byte[][] row = cursor.next(); row != null; row = cursor.next()) {
        Hash hash = hash(isA, row);
        if (Math.floorMod(hash.low(), parts) == part) {
          surplus.computeIfAbsent(hash, key -> new long[1])[0] += direction;
          rows++;
        }
      }
    }
    return rows;
  }

  private void describe(Tally tally, Map<Hash, long[]> surplus, boolean isA) {
    boolean any = surplus.values().stream().anyMatch(count -> isA == count[0] > 0);
    if (!any || !tally.wantsSample()) {
      return;
    }
    try (RowCursor cursor = cursor(isA)) {
      byte[][] row = cursor.next();
      while (row != null && tally.wantsSample()) {
        long[] count = surplus.get(hash(isA, row));
        if (count != null && isA == count[0] > 0 && count[0] != 0) {
          count[0] -= isA ? 1 : -1;
          tally.sample(isA ? Kind.ONLY_IN_A : Kind.ONLY_IN_B, row);
        }
        row = cursor.next();
      }
    }
  }

  private RowCursor cursor(boolean isA) {
    return (isA ? a : b).rows(new Selection(plan, isA, options.where()), null, null);
  }

  private Hash hash(boolean isA, byte[][] row) {
    byte[] length = new byte[4];
    for (int i = 0; i < row.length; i++) {
      Meaning meaning = plan.meanings().get(i);
      byte[] value = meaning.bagValue(isA, row[i]);
      ByteBuffer.wrap(length).putInt(value == null ? -1 : value.length);
      md5.update(length);
      if (value != null) {
        md5.update(value);
      }
    }
    ByteBuffer digest = ByteBuffer.wrap(md5.digest());
    return new Hash(digest.getLong(), digest.getLong());
  }
}
