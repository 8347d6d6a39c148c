package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows statements on a {@link TextTarget}: columns are added, what means nothing there (indexes,
 * defaults, types that are one there) is passed over, all else is refused. Every step may be done
 * again.
 */
final class TextDdlRunner implements DdlRunner {
  private static final Logger LOG = LoggerFactory.getLogger(TextDdlRunner.class);
  private static final long ASK_MILLIS = 100;
  private static final long TELL_NANOS = 30_000_000_000L;

  private final TextSchemaStore store;
  private final int writers;
  private final String token;
  private volatile boolean aborted;

  TextDdlRunner(TextSchemaStore store, int writers, String token) {
    this.store = store;
    this.writers = writers;
    this.token = token;
  }

  @Override
  public void abort() {
    aborted = true;
  }

  @Override
  public void run(TargetWork work) throws InterruptedException {
    try {
      // First of all, so that nobody waits for a checkpoint only to hear it then.
      work.changes().forEach(this::columns);
      awaitWriters(work);
      requireTurn();
      Optional<DdlNote> before = store.note(work.lsn());
      if (before.map(DdlNote::state).equals(Optional.of(DdlLog.State.DONE))) {
        return;
      }
      store.keep(note(work, DdlLog.State.BEGUN, "", work.note()));
      List<String> done = new ArrayList<>();
      for (TargetChange change : work.changes()) {
        List<TextTarget.Added> columns = columns(change);
        if (!columns.isEmpty()) {
          done.addAll(
              store.target().add(((TargetChange.Alter) change).table(), columns, work.lsn()));
        }
      }
      requireTurn();
      store.keep(note(work, DdlLog.State.DONE, String.join("; ", done), work.note()));
      LOG.info(
          "{}: the target has followed {} at {}: {}",
          store.sync(),
          work.statement().shortened(),
          work.lsn(),
          done.isEmpty() ? "nothing to do" : String.join("; ", done));
    } catch (DdlException e) {
      throw unsupported(e, work);
    }
  }

  private static DtsException unsupported(DdlException e, TargetWork work) {
    return new DtsException(
        DtsError.SOURCE_DDL_UNSUPPORTED,
        "the statement at "
            + work.lsn()
            + " can't be followed by a target that is no database: "
            + work.statement().shortened()
            + " ("
            + e.getMessage()
            + ")",
        "if the target may stay as it is, choose 'ignore' for this kind ('ddl.<kind>'), where 'bin/pi"
            + " check' lets you, and start the sync again: it goes on at this statement; else start"
            + " it anew from a snapshot (--fresh), after dropping its tables there",
        e);
  }

  private void awaitWriters(TargetWork work) throws InterruptedException {
    long told = System.nanoTime();
    try (TextTarget.Watch watch = store.target().watch()) {
      while (!watch.isReached(work.lsn(), writers)) {
        requireTurn(store.isClaimed(token, watch));
        Thread.sleep(ASK_MILLIS);
        if (System.nanoTime() - told > TELL_NANOS) {
          told = System.nanoTime();
          LOG.info(
              "{}: waiting for the checkpoint that brings what came before {} at {}",
              store.sync(),
              work.statement().shortened(),
              work.lsn());
        }
      }
    }
  }

  private void requireTurn() {
    requireTurn(store.isClaimed(token));
  }

  private void requireTurn(boolean claimed) {
    if (aborted) {
      throw new DtsException(DtsError.TARGET_UNREACHABLE, "the reader was told to end", "nothing");
    }
    if (!claimed) {
      throw new DtsException(
          DtsError.TARGET_FENCED,
          "another reader of sync " + store.sync() + " has taken over",
          "nothing, if the sync was restarted; else make sure that it runs only once");
    }
  }

  /**
   * The columns that a change adds.
   *
   * @throws DdlException if it does anything that can't be followed
   */
  private List<TextTarget.Added> columns(TargetChange change) {
    if (change instanceof TargetChange.Create) {
      // Made when its first rows come.
      return List.of();
    }
    if (!(change instanceof TargetChange.Alter alter)) {
      throw new DdlException("tables are not dropped, emptied or renamed there");
    }
    List<TextTarget.Added> added = new ArrayList<>();
    for (TargetAction action : alter.actions()) {
      if (action instanceof TargetAction.AddColumn add) {
        added.add(added(alter.table(), add.column()));
      } else if (action instanceof TargetAction.DropColumn drop) {
        throw new DdlException("column " + drop.name() + " is not dropped there");
      } else if (action instanceof TargetAction.RenameColumn rename) {
        throw renamed(rename.name());
      } else if (action instanceof TargetAction.ChangeColumn changed) {
        requireSame(changed);
      }
    }
    return added;
  }

  private static DdlException renamed(String column) {
    return new DdlException("column " + column + " does not get another name there");
  }

  private void requireSame(TargetAction.ChangeColumn changed) {
    if (!changed.name().equalsIgnoreCase(changed.to())) {
      throw renamed(changed.name());
    }
    if (!store.target().isSame(changed.before(), changed.column())) {
      throw new DdlException(
          "column "
              + changed.name()
              + " does not get another type there ("
              + changed.before().columnType()
              + " to "
              + changed.column().columnType()
              + ")");
    }
  }

  private TextTarget.Added added(TableId table, Column column) {
    NotRepeatable.added(column)
        .ifPresent(
            why -> {
              throw new DdlException(why);
            });
    if (column.generated()) {
      throw new DdlException(column.name() + " is computed by the source for rows that are there");
    }
    TextTarget.Added added = new TextTarget.Added(column, StandingValue.of(column));
    store
        .target()
        .refusal(table, added)
        .ifPresent(
            why -> {
              throw new DdlException(why);
            });
    return added;
  }

  private static DdlNote note(TargetWork work, DdlLog.State state, String target, String note) {
    long now = System.currentTimeMillis();
    return new DdlNote(
        work.lsn().file(),
        work.lsn().position(),
        work.lsn().event(),
        work.statement().sql(),
        state,
        target,
        note,
        work.statement().micros() / 1000,
        now,
        state == DdlLog.State.BEGUN ? 0 : now);
  }

  @Override
  public void recordFailure(TargetWork work, DtsException failure) {
    try {
      requireTurn();
      store.keep(note(work, DdlLog.State.FAILED, "", failure.problem()));
    } catch (DtsException e) {
      LOG.info("{}: a failure could not be recorded: {}", store.sync(), e.getMessage());
    }
  }
}
