package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.LockedRow;
import io.piplan.dts.apply.OriginMark;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.copy.SnapshotSession;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.resync.KeyLookup;
import io.piplan.dts.resync.RowClaims;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.verify.RowCheck;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Mends locked rows of one table. While a row's lock is held the sync leaves it alone, so it can be
 * written here: as the source has it at an exact place S of its binlog, in one transaction with the
 * release of the lock up to S. The row's writer drops what was kept aside up to S and applies the
 * rest.
 *
 * <p>Between sites a row of another zone is left as it is. Where every zone may write a row it is
 * only released: what was kept aside is judged by version, and the row then made again like others.
 */
final class LockedRows {
  private static final Duration DRAINED = Duration.ofSeconds(60);

  /** How long a paused sync may take to do what it can. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration HELD = Duration.ofSeconds(20);
  private static final long POLL_MILLIS = 200;

  private final SyncPlan plan;
  private final CopiedTable table;
  private final String targetTable;
  private final RowLocks locks;
  private final BooleanSupplier runs;
  private final BooleanSupplier paused;
  private final RowClaims.Claims claims;
  private final Optional<OriginMark> mark;

  /**
   * @param table with the test for rows that are meant for the target
   * @param runs whether the sync runs
   * @param paused whether somebody has paused it
   */
  LockedRows(
      SyncPlan plan,
      CopiedTable table,
      String targetTable,
      BooleanSupplier runs,
      BooleanSupplier paused) {
    this.plan = plan;
    this.table = table;
    this.targetTable = targetTable;
    this.locks = new RowLocks(plan.target(), plan.targetSchema());
    this.runs = runs;
    this.paused = paused;
    this.claims = plan.sites().claims().of(table.schema());
    this.mark =
        plan.target() instanceof PostgresServer
            ? Optional.empty()
            : Optional.of(
                new OriginMark(
                    new ControlTables(false, plan.targetSchema(), MySqlNames::quote),
                    Optional.ofNullable(plan.sites().origin()).orElse(0)));
  }

  /**
   * What was done with locked rows.
   *
   * @param mended written as the source has them, and released
   * @param released only released, and to be made again
   * @param left of other zones, so that they stay locked
   * @param refused rows that the target refuses, so that they stay locked, and why
   */
  record Done(
      List<LockedRow> mended,
      List<LockedRow> released,
      List<LockedRow> left,
      List<String> refused) {
    List<LockedRow> unlocked() {
      List<LockedRow> all = new ArrayList<>(mended);
      all.addAll(released);
      return all;
    }
  }

  /** Mends and releases rows. */
  Done mend(List<LockedRow> locked) {
    Done done =
        new Done(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    if (locked.isEmpty()) {
      return done;
    }
    TableSchema schema = table.schema();
    try (RowCheck check =
            new RowCheck(
                new DatabaseRef(plan.source(), schema.id().database()),
                new DatabaseRef(plan.target(), plan.targetSchema()),
                schema,
                targetTable,
                Optional.empty(),
                true);
        SnapshotSession snapshot = new SnapshotSession(plan.source(), Duration.ZERO)) {
      for (LockedRow lock : locked) {
        if (awaitHeld(lock)) {
          mend(lock, check, snapshot, done);
        }
      }
      return done;
    } catch (SQLException e) {
      throw CopyFailure.of(schema.id(), "reading", e);
    }
  }

  private void mend(LockedRow lock, RowCheck check, SnapshotSession snapshot, Done done)
      throws SQLException {
    if (claims.rule() == RowClaims.Rule.VERSION) {
      locks.release(lock, Lsn.START);
      done.released().add(lock);
      return;
    }
    Row key = RowJson.read(table.schema(), lock.key());
    snapshot.open(table.schema().id());
    Lsn place = snapshot.boundary();
    KeyLookup found = KeyLookup.of(snapshot.connection(), table, List.of(key), true);
    Optional<Row> source = found.exactly(key).or(() -> found.alike(key));
    snapshot.read();
    Optional<Row> judged = source.or(() -> check.rowsB(List.of(key)).values().stream().findFirst());
    if (judged.isPresent() && !claims.isOurs(judged.get())) {
      done.left().add(lock);
      return;
    }
    RowCheck.Mending mending =
        check.mend(
            source.orElse(key),
            source,
            this::begin,
            // Where somebody has released it, its writer may be further than what was read.
            on -> locks.holds(on, lock),
            on -> locks.release(on, lock, place));
    if (mending instanceof RowCheck.Mending.Refused refused) {
      done.refused().add(lock.key() + ": stays locked: " + refused.why());
    } else if (mending instanceof RowCheck.Mending.Done) {
      done.mended().add(lock);
    }
    // One that somebody else has released is mended like rows that are not locked.
  }

  /** Marks the change, so that a sync that goes the other way knows whose it is. */
  private void begin(Connection on) throws SQLException {
    if (mark.isPresent()) {
      mark.get().write(on, plan.name());
    }
  }

  /** Whether the row's writer leaves it alone; it may have been asked for that just now. */
  private boolean awaitHeld(LockedRow lock) {
    long deadline = System.nanoTime() + HELD.toNanos();
    Optional<LockedRow> now = now(lock);
    while (now.isPresent() && now.get().state() == LockedRow.State.ASKED) {
      if (System.nanoTime() > deadline || !runs.getAsBoolean()) {
        throw stopped("somebody has asked for a lock on row " + lock.key());
      }
      pause();
      now = now(lock);
    }
    return now.isPresent() && now.get().state() == LockedRow.State.HELD;
  }

  /**
   * Waits until the sync has applied what was kept aside for these rows and forgotten the locks.
   */
  void awaitDrained(List<LockedRow> locked) {
    long deadline = System.nanoTime() + DRAINED.toNanos();
    long before = Long.MAX_VALUE;
    long patience = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      long left = in(locked, LockedRow.State.RELEASED).size();
      if (left == 0) {
        return;
      }
      if (left < before) {
        before = left;
        deadline = System.nanoTime() + DRAINED.toNanos();
      }
      if (!runs.getAsBoolean()) {
        throw stopped("rows of " + table.schema().id() + " are released");
      }
      if (System.nanoTime() > patience) {
        // A paused sync unlocks what it has come far enough for.
        if (paused.getAsBoolean()) {
          throw SyncPlans.paused(
              plan.name(),
              "rows of "
                  + table.schema().id()
                  + " are mended, and unlocked when it has come to that place");
        }
        patience = System.nanoTime() + PATIENCE.toNanos();
      }
      if (System.nanoTime() > deadline) {
        throw new DtsException(
            DtsError.TARGET_FAILED,
            "rows of "
                + table.schema().id()
                + " are released, but sync "
                + plan.name()
                + " has not applied yet what was kept aside for them",
            "see that it gets on: bin/pi sync status "
                + plan.name()
                + "; it then does so by itself");
      }
      pause();
    }
  }

  private DtsException stopped(String what) {
    return new DtsException(
        DtsError.SYNC_NO_STATE,
        what + ", but sync " + plan.name() + " does not run, which has to do the rest",
        "start it: bin/pi sync start; it does so before its first change");
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "interrupted while waiting for a repair", "it goes on by itself", e);
    }
  }

  /**
   * Those that are locked again, since the target refuses what was kept aside; with its reasons.
   */
  List<String> refused(List<LockedRow> unlocked) {
    return LockRelease.refusals(locks, plan.name(), in(unlocked, LockedRow.State.HELD));
  }

  /** Those that are in a state now. */
  private List<LockedRow> in(List<LockedRow> rows, LockedRow.State state) {
    if (rows.isEmpty()) {
      return List.of();
    }
    Map<LockedRow.Id, LockedRow> now = locks.byRow(plan.name());
    return rows.stream()
        .filter(row -> now.containsKey(row.id()) && now.get(row.id()).state() == state)
        .toList();
  }

  private Optional<LockedRow> now(LockedRow lock) {
    return locks.lock(plan.name(), table.schema(), RowJson.read(table.schema(), lock.key()));
  }
}
