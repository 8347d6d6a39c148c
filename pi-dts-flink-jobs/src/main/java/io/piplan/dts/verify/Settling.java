package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Looks again at rows that differed until they agree or their time is over. A row under way agrees
 * sooner or later; a row that is really different never does.
 */
final class Settling {
  /** Only keys are held meanwhile; rows may be large. */
  private static final int PENDING = 2_000;

  private static final int FETCH = 50;
  private static final long FIRST_WAIT_MILLIS = 100;
  private static final long LONGEST_WAIT_MILLIS = 1_000;

  private final PairPlan plan;
  private final DiffSide a;
  private final DiffSide b;
  private final Tally tally;
  private final Duration time;
  private final List<Suspect> pending = new ArrayList<>();
  private boolean hopeless;
  private long noted;

  private static final class Suspect {
    private final Row key;
    private final int firstA;
    private final int firstB;
    private byte[][] rowA;
    private byte[][] rowB;
    private boolean settled;

    private Suspect(Row key, byte[][] rowA, byte[][] rowB) {
      this.key = key;
      this.firstA = Arrays.deepHashCode(rowA);
      this.firstB = Arrays.deepHashCode(rowB);
    }

    private boolean movedOnBothSides() {
      return Arrays.deepHashCode(rowA) != firstA && Arrays.deepHashCode(rowB) != firstB;
    }
  }

  Settling(PairPlan plan, DiffSide a, DiffSide b, Tally tally, Duration time) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.tally = tally;
    this.time = time;
  }

  /** Takes note of a row that differs; looks again when there are many. */
  void suspect(Row key, byte[][] rowA, byte[][] rowB) {
    noted++;
    if (time.isZero()) {
      tally.differs(rowA, rowB);
    } else {
      pending.add(new Suspect(key, rowA, rowB));
      if (pending.size() >= PENDING) {
        settle();
      }
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
    long deadline = System.nanoTime() + (hopeless ? 0 : time.toNanos());
    long wait = FIRST_WAIT_MILLIS;
    boolean last;
    do {
      last = System.nanoTime() >= deadline;
      recheck(last);
      if (!pending.isEmpty() && !last) {
        pause(Math.min(wait, Math.max(1, (deadline - System.nanoTime()) / 1_000_000)));
        wait = Math.min(wait * 2, LONGEST_WAIT_MILLIS);
      }
    } while (!pending.isEmpty() && !last);
    // A full load of rows that never agreed will not be followed by a better one: do not wait
    // again.
    hopeless = before >= PENDING && pending.size() == before;
    pending.clear();
  }

  private void recheck(boolean last) {
    for (int from = 0; from < pending.size(); from += FETCH) {
      List<Suspect> part = pending.subList(from, Math.min(from + FETCH, pending.size()));
      List<Row> keys = part.stream().map(suspect -> suspect.key).distinct().toList();
      Map<Row, List<byte[][]>> inA = a.fetch(new Selection(plan, true), keys);
      Map<Row, List<byte[][]>> inB = b.fetch(new Selection(plan, false), keys);
      for (Suspect suspect : part) {
        judge(
            suspect,
            inA.getOrDefault(suspect.key, List.of()),
            inB.getOrDefault(suspect.key, List.of()),
            last);
      }
    }
    for (Iterator<Suspect> each = pending.iterator(); each.hasNext(); ) {
      if (each.next().settled) {
        each.remove();
      }
    }
  }

  private void judge(Suspect suspect, List<byte[][]> inA, List<byte[][]> inB, boolean last) {
    suspect.rowA = inA.isEmpty() ? null : inA.get(0);
    suspect.rowB = inB.isEmpty() ? null : inB.get(0);
    boolean single = inA.size() <= 1 && inB.size() <= 1;
    if (single && suspect.rowA == null && suspect.rowB == null) {
      suspect.settled = true;
    } else if (single
        && suspect.rowA != null
        && suspect.rowB != null
        && plan.same(suspect.rowA, suspect.rowB)) {
      suspect.settled = true;
      tally.equal(1);
    } else if (last) {
      report(suspect, inA.size(), inB.size());
    }
    suspect.rowA = null;
    suspect.rowB = null;
  }

  private void report(Suspect suspect, int countA, int countB) {
    if (suspect.movedOnBothSides()) {
      tally.moving(countA > 0, countB > 0);
    } else if (countB > countA && countA > 0) {
      // A key that one side has twice: the surplus row is what differs.
      tally.differs(null, suspect.rowB);
    } else if (countA > countB && countB > 0) {
      tally.differs(suspect.rowA, null);
    } else {
      tally.differs(suspect.rowA, suspect.rowB);
    }
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "diff was interrupted before it was done", "run diff again", e);
    }
  }
}
