package io.piplan.dts.verify;

import io.piplan.dts.value.Meaning;
import io.piplan.dts.verify.RowDifference.Kind;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Compares two tables without a key as bags of rows: how often does each row occur? Rows are cut
 * into slices by their hash, whose sums tell which of them differ. Of those rows are counted one by
 * one; if they are many, tables are read several times, each time for some of the slices, so that
 * memory does not grow with the table.
 */
final class BagDiff {
  private static final int SLICES = 4_096;
  private static final int TOLD_ROWS = 1_000;

  /** What a row takes that is counted: its hash, the count, and their place in the map. */
  private static final long ROW_BYTES = 128;

  /** Rows of a side that are counted at once: for an eighth of the heap. */
  private static final long PART_ROWS =
      Math.max(10_000, Math.min(500_000, Runtime.getRuntime().maxMemory() / 8 / ROW_BYTES));

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

  /** Sums of the hashes of rows, by slice. */
  private static final class Sums {
    private final long[] rows = new long[SLICES];
    private final long[] high = new long[SLICES];
    private final long[] low = new long[SLICES];
    private long all;

    private void add(Hash hash) {
      int slice = slice(hash);
      rows[slice]++;
      high[slice] += hash.high();
      low[slice] += hash.low();
      all++;
    }

    private boolean agree(Sums other, int slice) {
      return rows[slice] == other.rows[slice]
          && high[slice] == other.high[slice]
          && low[slice] == other.low[slice];
    }
  }

  private static int slice(Hash hash) {
    return Math.floorMod(hash.low(), SLICES);
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
    Sums inA = sums(true);
    Sums inB = sums(false);
    BitSet part = new BitSet(SLICES);
    long rows = 0;
    for (int slice = 0; slice < SLICES; slice++) {
      if (inA.agree(inB, slice)) {
        tally.equal(inA.rows[slice]);
      } else {
        long more = Math.max(inA.rows[slice], inB.rows[slice]);
        if (rows > 0 && rows + more > PART_ROWS) {
          comparePart(tally, part);
          part.clear();
          rows = 0;
        }
        part.set(slice);
        rows += more;
      }
    }
    if (!part.isEmpty()) {
      comparePart(tally, part);
    }
    return tally.result();
  }

  private Sums sums(boolean isA) {
    Sums sums = new Sums();
    try (RowCursor rows = cursor(isA)) {
      for (byte[][] row = rows.next(); row != null; row = rows.next()) {
        sums.add(hash(isA, row));
        if (sums.all % TOLD_ROWS == 0) {
          throttle.read(isA ? TOLD_ROWS : 0);
        }
      }
    }
    return sums;
  }

  /**
   * @param part its slices
   */
  private void comparePart(Tally tally, BitSet part) {
    Map<Hash, long[]> surplus = new HashMap<>();
    long rowsA = count(true, part, surplus, 1);
    count(false, part, surplus, -1);
    long inA = surplus.values().stream().mapToLong(count -> Math.max(0, count[0])).sum();
    long inB = surplus.values().stream().mapToLong(count -> Math.max(0, -count[0])).sum();
    tally.equal(rowsA - inA);
    tally.unpaired(inA, inB);
    describe(tally, surplus, true);
    describe(tally, surplus, false);
  }

  private long count(boolean isA, BitSet part, Map<Hash, long[]> surplus, int direction) {
    long rows = 0;
    try (RowCursor cursor = cursor(isA)) {
      for (byte[][] row = cursor.next(); row != null; row = cursor.next()) {
        Hash hash = hash(isA, row);
        if (part.get(slice(hash))) {
          long[] count = surplus.computeIfAbsent(hash, key -> new long[1]);
          count[0] += direction;
          if (count[0] == 0) {
            surplus.remove(hash);
          }
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
