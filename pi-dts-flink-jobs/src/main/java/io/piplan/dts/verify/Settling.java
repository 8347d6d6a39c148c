package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Looks again at rows that differed until it is known of each what it is. A row under way agrees
 * sooner or later. A row is really different if it is the same on both sides at several looks, and
 * between those the sync has applied all that A had; if there is no sync to tell, when its time is
 * over.
 */
final class Settling {
  /** Only keys are held meanwhile; rows may be large. */
  private static final int PENDING = 10_000;

  private static final int FETCH = 200;

  /** Fewer rows are looked up at once where they are larger than that together. */
  private static final long FETCH_BYTES = 4 << 20;

  static final long FIRST_WAIT_MILLIS = 50;
  static final long LONGEST_WAIT_MILLIS = 1_000;

  /** How long a sync may take to apply what A has, before rows are taken as they are. */
  static final Duration FLOW = Duration.ofSeconds(30);

  /** Once could be chance: a row that changes to and fro may be caught at the same point twice. */
  private static final int CONFIRMATIONS = 2;

  private final PairPlan plan;
  private final DiffSide a;
  private final DiffSide b;
  private final Tally tally;
  private final Selection ofA;
  private final Selection ofB;
  private final Duration asked;
  private final VainWaits waits;
  private final List<Suspect> pending = new ArrayList<>();
  private Optional<SyncFlow> flow;

  /** Whether waiting is of no use any more. */
  private boolean hopeless;

  private long noted;

  private static final class Suspect {
    private final Row key;
    private long bytes;
    private int firstA;
    private int firstB;
    private boolean seen;
    private int lastA;
    private int lastB;
    private Lsn position;
    private boolean moved = true;
    private int confirmations;
    private boolean settled;

    private Suspect(Row key, byte[][] rowA, byte[][] rowB) {
      this.key = key;
      this.firstA = Arrays.deepHashCode(rowA);
      this.firstB = Arrays.deepHashCode(rowB);
      this.seen = rowA != null || rowB != null;
      this.bytes = bytes(rowA) + bytes(rowB);
    }

    private static long bytes(byte[][] row) {
      long bytes = 0;
      for (int i = 0; row != null && i < row.length; i++) {
        bytes += row[i] == null ? 0 : row[i].length;
      }
      return bytes;
    }

    /** Takes note of the first look at a row of which only the key was known. */
    private void firstSeen(byte[][] rowA, byte[][] rowB) {
      if (!seen) {
        firstA = Arrays.deepHashCode(rowA);
        firstB = Arrays.deepHashCode(rowB);
        seen = true;
        bytes = bytes(rowA) + bytes(rowB);
      }
    }

    /**
     * Takes note of a look at which both sides differed.
     *
     * @param applied what B had before it was looked at
     */
    private void differed(byte[][] rowA, byte[][] rowB, Lsn applied) {
      int nowA = Arrays.deepHashCode(rowA);
      int nowB = Arrays.deepHashCode(rowB);
      boolean stands = position != null && nowA == lastA && nowB == lastB;
      moved = !stands || position.isAtOrBefore(applied);
      if (moved) {
        confirmations = stands ? confirmations + 1 : 0;
      }
      lastA = nowA;
      lastB = nowB;
    }

    /** Where A's binlog ended after both sides were looked at. */
    private void looked(Lsn end) {
      position = moved ? end : position;
    }

    private boolean movedOnBothSides(byte[][] rowA, byte[][] rowB) {
      return Arrays.deepHashCode(rowA) != firstA && Arrays.deepHashCode(rowB) != firstB;
    }
  }

  /**
   * @param waits of all parts that are compared one after the other
   */
  Settling(
      PairPlan plan, DiffSide a, DiffSide b, Tally tally, DiffOptions options, VainWaits waits) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.tally = tally;
    this.ofA = new Selection(plan, true, options.where());
    this.ofB = new Selection(plan, false, options.where());
    this.asked = options.settle();
    this.waits = waits;
  }

  /** Takes note of a row that differs; looks again when there are many. */
  void suspect(Row key, byte[][] rowA, byte[][] rowB) {
    noted++;
    lookForSync();
    if (ofA.where().isEmpty() && (hopeless || (asked.isZero() && flow.isEmpty()))) {
      tally.differs(rowA, rowB);
      return;
    }
    pending.add(new Suspect(key, rowA, rowB));
    if (pending.size() >= PENDING) {
      settle();
    }
  }

  private void lookForSync() {
    if (flow == null) {
      flow = SyncFlow.of(a, b, plan.pair());
      hopeless = flow.filter(sync -> waits.holds(sync.name(), sync.applied())).isPresent();
    }
  }

  /** Has a row looked at, whatever it is. */
  void look(Row key) {
    lookForSync();
    pending.add(new Suspect(key, null, null));
    if (pending.size() >= PENDING) {
      settle();
    }
  }

  /** How many rows were noted so far. */
  long noted() {
    return noted;
  }

  /** Waits for all noted rows. */
  void settle() {
    if (pending.isEmpty()) {
      return;
    }
    int before = pending.size();
    Optional<Lsn> end = flow.flatMap(SyncFlow::position);
    long deadline = System.nanoTime() + most().toNanos();
    long wait = FIRST_WAIT_MILLIS;
    boolean last;
    do {
      last = System.nanoTime() >= deadline;
      look(last);
      if (!pending.isEmpty() && !last) {
        pause(Math.min(wait, Math.max(1, (deadline - System.nanoTime()) / 1_000_000)));
        wait = Math.min(wait * 2, LONGEST_WAIT_MILLIS);
      }
    } while (!pending.isEmpty() && !last);
    if (last && !hopeless) {
      // A full load of rows that never agreed will not be followed by a better one.
      hopeless = flow.isEmpty() && before >= PENDING && pending.size() == before;
      flow.ifPresent(sync -> end.ifPresent(there -> reached(sync, there)));
    }
    pending.clear();
  }

  /** Takes note of a sync that did not come so far in all that time. */
  private void reached(SyncFlow sync, Lsn end) {
    if (!end.isAtOrBefore(sync.applied())) {
      hopeless = true;
      waits.add(sync.name(), end);
    }
  }

  private Duration most() {
    if (hopeless) {
      return Duration.ZERO;
    }
    return asked.isZero() && flow.isPresent() ? FLOW : asked;
  }

  private void look(boolean last) {
    Lsn applied = flow.map(SyncFlow::applied).orElse(Lsn.START);
    int end;
    for (int from = 0; from < pending.size(); from = end) {
      end = endOfPart(from);
      List<Suspect> part = pending.subList(from, end);
      List<Row> keys = part.stream().map(suspect -> suspect.key).distinct().toList();
      Map<Row, List<byte[][]>> inB = b.fetch(ofB, keys);
      Map<Row, List<byte[][]>> inA = a.fetch(ofA, keys);
      for (Suspect suspect : part) {
        List<byte[][]> rowsA = inA.getOrDefault(suspect.key, List.of());
        List<byte[][]> rowsB = inB.getOrDefault(suspect.key, List.of());
        judge(suspect, rowsA, rowsB, last);
        if (!suspect.settled && flow.isPresent()) {
          suspect.differed(first(rowsA), first(rowsB), applied);
          if (suspect.confirmations >= CONFIRMATIONS) {
            differs(suspect, rowsA, rowsB);
          }
        }
      }
    }
    pending.removeIf(suspect -> suspect.settled);
    if (!pending.isEmpty()) {
      flow.flatMap(SyncFlow::position)
          .ifPresent(there -> pending.forEach(suspect -> suspect.looked(there)));
    }
  }

  /** As many as fit; at least one. */
  private int endOfPart(int from) {
    int end = from;
    long bytes = 0;
    while (end < pending.size() && end - from < FETCH && (end == from || bytes < FETCH_BYTES)) {
      bytes += pending.get(end).bytes;
      end++;
    }
    return end;
  }

  private static byte[][] first(List<byte[][]> rows) {
    return rows.isEmpty() ? null : rows.get(0);
  }

  private void judge(Suspect suspect, List<byte[][]> rowsA, List<byte[][]> rowsB, boolean last) {
    byte[][] rowA = first(rowsA);
    byte[][] rowB = first(rowsB);
    boolean single = rowsA.size() <= 1 && rowsB.size() <= 1;
    boolean waited = !asked.isZero() || flow.isPresent();
    suspect.firstSeen(rowA, rowB);
    if (single && rowA == null && rowB == null) {
      suspect.settled = true;
    } else if (single && rowA != null && rowB != null && plan.same(rowA, rowB)) {
      suspect.settled = true;
      tally.equal(1);
    } else if (last && waited && suspect.movedOnBothSides(rowA, rowB)) {
      suspect.settled = true;
      tally.moving(rowA != null, rowB != null);
    } else if (last) {
      differs(suspect, rowsA, rowsB);
    }
  }

  private void differs(Suspect suspect, List<byte[][]> rowsA, List<byte[][]> rowsB) {
    suspect.settled = true;
    byte[][] rowA = first(rowsA);
    byte[][] rowB = first(rowsB);
    if (rowsB.size() > rowsA.size() && rowA != null) {
      // A key that one side has twice: the surplus row is what differs.
      tally.differs(null, rowB);
    } else if (rowsA.size() > rowsB.size() && rowB != null) {
      tally.differs(rowA, null);
    } else {
      tally.differs(rowA, rowB);
    }
  }

  static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "diff was interrupted before it was done", "run diff again", e);
    }
  }
}
