package io.piplan.dts.verify;

import io.piplan.dts.Lsn;
import io.piplan.dts.value.Meaning;
import io.piplan.dts.verify.RowDifference.Kind;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Compares two tables without a key as bags of rows: how often does each row occur? Rows are cut
 * into slices by their hash, whose sums tell which of them differ. Of those rows are counted one by
 * one; if they are many, tables are read several times, each time for some of the slices, so that
 * memory does not grow with the table.
 */
final class BagDiff {
  private static final int SLICES = 4_096;
  private static final int TOLD_ROWS = 1_000;

  /**
   * What a row takes that is counted: its hash, the count, and their place in a map; twice, for the
   * look before.
   */
  private static final long ROW_BYTES = 256;

  /** Rows of a side that are counted at once: for an eighth of the heap. */
  private static final long PART_ROWS =
      Math.max(10_000, Math.min(500_000, Runtime.getRuntime().maxMemory() / 8 / ROW_BYTES));

  private final PairPlan plan;
  private final DiffSide a;
  private final DiffSide b;
  private final DiffOptions options;
  private final Throttle throttle;
  private final LongConsumer told;
  private final VainWaits vain;
  private final MessageDigest md5;

  /**
   * @param told told rows of A as they are read
   * @param vain of all parts that are compared one after the other
   */
  BagDiff(
      PairPlan plan,
      DiffSide a,
      DiffSide b,
      DiffOptions options,
      Throttle throttle,
      LongConsumer told,
      VainWaits vain) {
    this.vain = vain;
    this.plan = plan;
    this.told = told;
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

    private void add(Hash hash) {
      int slice = slice(hash);
      rows[slice]++;
      high[slice] += hash.high();
      low[slice] += hash.low();
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
    Tally tally = new Tally(plan, options.samples(), Tally.Listener.NONE);
    Waits waits = new Waits(SyncFlow.of(a, b, plan.pair()), options.settle(), vain);
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
          comparePart(tally, part, waits);
          part.clear();
          rows = 0;
        }
        part.set(slice);
        rows += more;
      }
    }
    if (!part.isEmpty()) {
      comparePart(tally, part, waits);
    }
    return tally.result();
  }

  private Sums sums(boolean isA) {
    Sums sums = new Sums();
    read(
        isA,
        (hash, row) -> {
          sums.add(hash);
          return true;
        },
        // All of A is read once here, and maybe again in parts; that it is read again is not told.
        read -> told.accept(isA ? read : 0));
    return sums;
  }

  /** Takes a row, and says whether to go on. */
  private interface Taker {
    boolean take(Hash hash, byte[][] row);
  }

  private void read(boolean isA, Taker taker, LongConsumer counted) {
    long read = 0;
    try (RowCursor rows = cursor(isA)) {
      byte[][] row = rows.next();
      while (row != null && taker.take(hash(isA, row), row)) {
        if (++read == TOLD_ROWS) {
          throttle.read(read);
          counted.accept(read);
          read = 0;
        }
        row = rows.next();
      }
    }
    throttle.read(read);
    counted.accept(read);
  }

  /**
   * One look at a part of both tables.
   *
   * @param surplus of each row how often A has it more than B; those that are as often in both are
   *     left out
   */
  private record Look(long rowsA, Map<Hash, Long> surplus) {
    long inA() {
      return surplus.values().stream().mapToLong(count -> Math.max(0, count)).sum();
    }

    long inB() {
      return surplus.values().stream().mapToLong(count -> Math.max(0, -count)).sum();
    }
  }

  private Look look(BitSet part) {
    Map<Hash, Long> surplus = new HashMap<>();
    long rowsA = count(true, part, surplus, 1);
    long unused = count(false, part, surplus, -1);
    return new Look(rowsA, surplus);
  }

  private long count(boolean isA, BitSet part, Map<Hash, Long> surplus, long direction) {
    long[] rows = new long[1];
    read(
        isA,
        (hash, row) -> {
          if (part.get(slice(hash))) {
            rows[0]++;
            surplus.merge(hash, direction, (x, y) -> x + y == 0 ? null : x + y);
          }
          return true;
        },
        read -> {});
    return rows[0];
  }

  /**
   * A row counts as different if one side has it more often at each look, and between looks the
   * sync has applied all that A had. What is otherwise at the last look only is under way.
   *
   * @param part its slices
   */
  private void comparePart(Tally tally, BitSet part, Waits waits) {
    Look last = look(part);
    Map<Hash, Long> stays = new HashMap<>(last.surplus());
    waits.begin();
    while (!stays.isEmpty() && waits.again()) {
      last = look(part);
      Map<Hash, Long> now = last.surplus();
      stays.replaceAll((hash, count) -> lesser(count, now.getOrDefault(hash, 0L)));
      stays.values().removeIf(count -> count == 0);
    }
    Look different = new Look(last.rowsA(), stays);
    tally.equal(last.rowsA() - last.inA());
    tally.unpaired(different.inA(), different.inB());
    tally.moving(last.inA() - different.inA(), last.inB() - different.inB());
    describe(tally, stays, true);
    describe(tally, stays, false);
  }

  /** What both looks have in common. */
  private static long lesser(long before, long now) {
    if (before > 0) {
      return Math.max(0, Math.min(before, now));
    }
    return Math.min(0, Math.max(before, now));
  }

  /** When to look again. */
  private static final class Waits {
    /** A row that comes and goes may be caught in the same state twice. */
    private static final int CONFIRMATIONS = 2;

    private final Optional<SyncFlow> flow;
    private final Duration asked;
    private final VainWaits vain;
    private long deadline;
    private long wait;
    private int confirmed;
    private boolean hopeless;

    /**
     * @param asked how long rows are looked at again
     */
    Waits(Optional<SyncFlow> flow, Duration asked, VainWaits vain) {
      this.vain = vain;
      this.flow = flow;
      this.asked = asked;
    }

    /** Before the looks at a part, each of which may take long by itself. */
    void begin() {
      deadline = System.nanoTime() + asked.toNanos();
      wait = Settling.FIRST_WAIT_MILLIS;
      confirmed = 0;
      hopeless = flow.filter(sync -> vain.holds(sync.name(), sync.applied())).isPresent();
    }

    /** Waits until another look makes sense; false if none does. */
    boolean again() {
      Optional<Lsn> end = flow.flatMap(SyncFlow::position);
      if (end.isPresent()) {
        return confirmed < CONFIRMATIONS && hasPassed(end.get());
      }
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      pause(left);
      return true;
    }

    /** Whether the sync has come to a place of A; one that does not get on is waited for once. */
    private boolean hasPassed(Lsn end) {
      long most = (asked.isZero() ? Settling.FLOW : asked).toNanos();
      long begin = System.nanoTime();
      // Of a sync that has passed already, a look at once would be no other one.
      while (!hopeless) {
        pause(Settling.LONGEST_WAIT_MILLIS);
        if (end.isAtOrBefore(flow.orElseThrow().applied())) {
          confirmed++;
          return true;
        }
        if (System.nanoTime() - begin > most) {
          hopeless = true;
          vain.add(flow.orElseThrow().name(), end);
        }
      }
      return false;
    }

    private void pause(long most) {
      Settling.pause(Math.min(wait, most));
      wait = Math.min(wait * 2, Settling.LONGEST_WAIT_MILLIS);
    }
  }

  private void describe(Tally tally, Map<Hash, Long> surplus, boolean isA) {
    Map<Hash, Long> left = new HashMap<>();
    surplus.forEach(
        (hash, count) -> {
          if (isA == count > 0) {
            left.put(hash, Math.abs(count));
          }
        });
    if (left.isEmpty() || !tally.wantsSample()) {
      return;
    }
    read(
        isA,
        (hash, row) -> {
          if (left.getOrDefault(hash, 0L) > 0) {
            left.merge(hash, -1L, Long::sum);
            tally.sample(isA ? Kind.ONLY_IN_A : Kind.ONLY_IN_B, row);
          }
          return tally.wantsSample();
        },
        read -> {});
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
