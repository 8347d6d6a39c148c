package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.apply.ProgressMove;
import io.piplan.dts.jdbc.HiveServer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which tables a sync reads, beside what is known of them. The rows of a transaction are numbered
 * among those that are read, so that for a writer that stands within one another choice is another
 * place.
 */
final class TableChoice {
  /** Where the one that was read last is kept. */
  private static final String NAME = "#choice";

  private static final String FOLLOWED = " followed";

  private final SyncPlan plan;
  private final TargetState state;
  private final String now;

  TableChoice(SyncPlan plan) {
    this.plan = plan;
    this.state = TargetState.of(plan.target(), plan.targetSchema());
    this.now = plan.names().choice() + (plan.options().ddl().isPresent() ? FOLLOWED : "");
  }

  void store() {
    state.setControl(plan.name(), NAME, now);
  }

  private Optional<String> before() {
    return state.control(plan.name(), NAME);
  }

  /**
   * At another server a place within a transaction is found by the number of its row, which must be
   * the same then as later.
   *
   * @param places what writers have come to
   */
  void requireSame(List<ProgressMove.Place> places) {
    boolean same = before().map(now::equals).orElse(true);
    Optional<Lsn> within =
        places.stream().map(ProgressMove.Place::lsn).filter(lsn -> !lsn.isBoundary()).findFirst();
    if (!same && within.isPresent()) {
      throw new DtsException(
          DtsError.DEFINITION_CHANGED,
          "sync "
              + plan.name()
              + " stands within a transaction ("
              + within.get()
              + ") and is to go on at another server, and which tables it takes (INCLUDING and"
              + " EXCLUDING TABLES), or whether it follows changes of tables ('ddl'), has changed:"
              + " the row that it has come to can't be found",
          "undo that change, start it, and change it after 'bin/pi sync stop'");
    }
  }

  /**
   * At the same server a place is found by the number of its event, and then by that of its row,
   * which counts the rows of the events before it. Those of a transaction's first event have the
   * same numbers for every choice. So have those of a sync that follows changes from now on (but
   * for those of ghost tables, which it took for tables like others before): it may have stopped at
   * the very change.
   */
  void requireSameNumbers() {
    boolean same =
        before().map(before -> before.equals(now) || (before + FOLLOWED).equals(now)).orElse(true);
    Optional<Lsn> within =
        same
            ? Optional.empty()
            : places().filter(lsn -> lsn.event() > 1 && lsn.row() > 0).findFirst();
    if (within.isPresent()) {
      throw new DtsException(
          DtsError.DEFINITION_CHANGED,
          "sync "
              + plan.name()
              + " stands within a transaction ("
              + within.get()
              + "), and which tables it takes (INCLUDING and EXCLUDING TABLES), or that it follows"
              + " changes of tables ('ddl'), has changed: which rows of that transaction are still"
              + " to come can't be told",
          "undo that change and start it; when it has come past that transaction, stop it with"
              + " 'bin/pi sync stop', and change it then"
              + (plan.target() instanceof HiveServer
                  ? ""
                  : "; or start with --resync, which compares all tables"));
    }
  }

  private Stream<Lsn> places() {
    return plan.target() instanceof HiveServer
        ? state.applied(plan.name()).stream()
            .flatMap(applied -> applied.writers().stream())
            .map(WriterRow::position)
        : new ProgressMove(plan.target(), plan.targetSchema(), plan.name())
            .places().stream().map(ProgressMove.Place::lsn);
  }
}
