package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.apply.Conflict;
import io.piplan.dts.apply.ConflictKind;
import io.piplan.dts.apply.LockedRow;
import io.piplan.dts.apply.RowLocks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Unlocks rows without mending them: the sync applies what was kept aside as it is, so the source's
 * changes win over whatever the row is now.
 */
public final class LockRelease {
  private static final Duration DRAINED = Duration.ofSeconds(60);
  private static final long POLL_MILLIS = 200;
  private static final int OPEN = 1_000;

  /** What became of a locked row. */
  public enum Outcome {
    /** What was kept aside is applied; the row is no longer locked. */
    APPLIED,
    /** The row is released; the sync does the rest when it runs. */
    WAITING,
    /** The target refused what was kept aside; the row is locked as before. */
    REFUSED
  }

  /**
   * A released row. A record of plain values, so that any JSON mapper can write it.
   *
   * @param conflict the conflict that locked it, 0 if somebody asked for the lock
   * @param aside changes that were kept aside for it when it was released
   * @param reason why it was refused, or empty
   */
  public record Released(
      long conflict, String table, String key, long aside, Outcome outcome, String reason) {}

  private final RowLocks locks;
  private final String sync;
  private final BooleanSupplier runs;

  /**
   * @param runs whether the sync runs, so that it is worth to wait for it
   */
  public LockRelease(RowLocks locks, String sync, BooleanSupplier runs) {
    this.locks = locks;
    this.sync = sync;
    this.runs = runs;
  }

  /** All locked rows of the sync. */
  public List<LockedRow> all() {
    return locks.locks(sync);
  }

  /**
   * The row that a conflict has locked.
   *
   * @throws DtsException {@code DEFINITION_UNKNOWN_OBJECT} if there is no such conflict, or its row
   *     is not locked
   */
  public LockedRow of(long id) {
    Conflict conflict =
        locks
            .conflict(sync, id)
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.DEFINITION_UNKNOWN_OBJECT,
                        "sync " + sync + " has no conflict " + id,
                        "see bin/pi sync conflicts " + sync + " --all"));
    return all().stream()
        .filter(lock -> lock.conflict() == id || isOf(lock, conflict))
        .findFirst()
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.DEFINITION_UNKNOWN_OBJECT,
                    "the row of conflict "
                        + id
                        + " ("
                        + conflict.kind()
                        + ", "
                        + conflict.state()
                        + ") is not locked: there is nothing to release",
                    conflict.kind() == ConflictKind.NOT_OWNER
                        ? "mend the row where it was written, then settle the conflict: --dismiss "
                            + id
                        : "nothing"));
  }

  private static boolean isOf(LockedRow lock, Conflict conflict) {
    return lock.table().equals(conflict.table()) && lock.key().equals(conflict.key());
  }

  /**
   * Releases rows, and waits until the sync has done its part, does not get on with it any more, or
   * is known not to run.
   */
  public List<Released> release(List<LockedRow> rows) {
    Map<LockedRow.Id, Long> aside = locks.countAsideByRow(sync);
    locks.release(rows, Lsn.START);
    Map<LockedRow.Id, LockedRow> now = locks.byRow(sync);
    long left = released(rows, now);
    long deadline = System.nanoTime() + DRAINED.toNanos();
    while (left > 0 && System.nanoTime() < deadline && runs.getAsBoolean()) {
      pause();
      now = locks.byRow(sync);
      long before = left;
      left = released(rows, now);
      if (left < before) {
        deadline = System.nanoTime() + DRAINED.toNanos();
      }
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (LockedRow row : rows) {
      outcomes.add(outcome(now.get(row.id())));
    }
    List<Conflict> open =
        outcomes.contains(Outcome.REFUSED) ? locks.openConflicts(sync, OPEN) : List.of();
    List<Released> all = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      LockedRow row = rows.get(i);
      all.add(
          new Released(
              row.conflict(),
              row.table().toString(),
              row.key(),
              aside.getOrDefault(row.id(), 0L),
              outcomes.get(i),
              outcomes.get(i) == Outcome.REFUSED ? refusal(open, row) : ""));
    }
    return all;
  }

  /** How many of these are released and not yet drained. */
  private static long released(List<LockedRow> rows, Map<LockedRow.Id, LockedRow> now) {
    return rows.stream()
        .map(row -> now.get(row.id()))
        .filter(lock -> lock != null && lock.state() == LockedRow.State.RELEASED)
        .count();
  }

  private static Outcome outcome(LockedRow now) {
    return now == null
        ? Outcome.APPLIED
        : now.state() == LockedRow.State.RELEASED ? Outcome.WAITING : Outcome.REFUSED;
  }

  /** Why released rows are locked again, each by its key. */
  static List<String> refusals(RowLocks locks, String sync, List<LockedRow> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    List<Conflict> open = locks.openConflicts(sync, OPEN);
    return rows.stream().map(row -> row.key() + ": " + refusal(open, row)).toList();
  }

  /**
   * Why a released row is locked again.
   *
   * @param open the oldest first; of the row's own ones the newest counts
   */
  static String refusal(List<Conflict> open, LockedRow row) {
    List<Conflict> refused =
        open.stream()
            .filter(conflict -> conflict.kind() == ConflictKind.REFUSED)
            .filter(conflict -> conflict.table().equals(row.table()))
            .toList();
    // What was kept aside may spell the key as another row that its collation holds equal.
    return newest(refused, conflict -> conflict.key().equals(row.key()))
        .or(() -> newest(refused, conflict -> conflict.key().equalsIgnoreCase(row.key())))
        .map(Conflict::reason)
        .orElse("it was locked again: bin/pi sync conflicts " + row.sync() + " tells more");
  }

  private static Optional<Conflict> newest(List<Conflict> open, Predicate<Conflict> which) {
    return open.stream().filter(which).reduce((first, last) -> last);
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL,
          "interrupted while rows are being released",
          "the sync goes on by itself",
          e);
    }
  }
}
