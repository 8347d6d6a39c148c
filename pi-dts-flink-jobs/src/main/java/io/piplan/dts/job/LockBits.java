package io.piplan.dts.job;

import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.GuardOptions;
import io.piplan.dts.apply.LockedRow;
import io.piplan.dts.apply.Retried;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.apply.Target;
import io.piplan.dts.apply.TargetSession;
import io.piplan.dts.apply.TombstoneChoice;
import io.piplan.dts.apply.WriterMetrics;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.SyncOptions.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bits on the target's rows that tell of a sync's locks. They outlive what is stored of the
 * sync, and nobody could unlock such rows then.
 */
final class LockBits {
  private static final Logger LOG = LoggerFactory.getLogger(LockBits.class);

  private final SyncPlan plan;

  LockBits(SyncPlan plan) {
    this.plan = plan;
  }

  /** Clears them, for a sync that does not run and is to forget its locks. */
  void clear() {
    if (plan.target() instanceof HiveServer) {
      return;
    }
    Map<TableId, List<LockedRow>> locks = new TreeMap<>();
    for (LockedRow lock : new RowLocks(plan.target(), plan.targetSchema()).locks(plan.name())) {
      locks.computeIfAbsent(lock.table(), id -> new ArrayList<>()).add(lock);
    }
    if (locks.isEmpty()) {
      return;
    }
    Target target = new SyncGraph(plan).target();
    // What was prepared and never committed holds rows.
    boolean twoPhase = plan.options().delivery() == Delivery.EXACTLY_ONCE_XA;
    try (TargetSession session = twoPhase ? target.openTwoPhase() : target.open()) {
      session.guard(
          new GuardOptions(plan.versions(), false, false, false, 0, TombstoneChoice.NONE),
          new WriterMetrics());
      session.prepare();
      // Whoever is left of an earlier job is not to lock more.
      Lsn applied = session.takeOver(plan.name(), 0, 1).lowest();
      locks.forEach((table, rows) -> clear(session, table, rows));
      session.commit(applied, 0);
      if (session.prepared().isPresent()) {
        session.commitPrepared();
      }
    }
  }

  private void clear(TargetSession session, TableId table, List<LockedRow> rows) {
    try {
      session.map(
          new LiveMappingProvider(plan.source(), plan.target(), plan.names(), plan.lanes(), false)
              .mapping(table));
    } catch (DtsException e) {
      if (!Retried.isOfOneTable(e)) {
        throw e;
      }
      LOG.warn("{}: rows of {} that were locked keep their bit", plan.name(), table, e);
      return;
    }
    session.unmark(rows);
  }
}
