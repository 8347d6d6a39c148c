package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.TypeMapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows statements on a {@link TextTarget}: what means nothing there (indexes, defaults, new
 * tables, which are made when their first rows come) is passed over, what it can't do is refused.
 * Every step may be done again.
 */
final class TextDdlRunner implements DdlRunner {
  private static final Logger LOG = LoggerFactory.getLogger(TextDdlRunner.class);
  private static final long ASK_MILLIS = 100;
  private static final long TELL_NANOS = 30_000_000_000L;

  private final TextSchemaStore store;
  private final TableRules rules;
  private final int writers;
  private final String token;
  private volatile boolean aborted;

  TextDdlRunner(TextSchemaStore store, TableRules rules, int writers, String token) {
    this.store = store;
    this.rules = rules;
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
      if (isDone(work)) {
        return;
      }
      // So that nobody waits for a checkpoint only to hear it then.
      requirePossible(work);
      awaitWriters(work);
      requireTurn();
      if (isDone(work)) {
        return;
      }
      // Tables that were made meanwhile have a word in it too.
      requirePossible(work);
      store.keep(note(work, DdlLog.State.BEGUN, "", work.note()));
      List<String> done = new ArrayList<>(follow(work));
      done.addAll(relate(work));
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

  /** What is done may look as if it could not be, as tables are like what came of it. */
  private boolean isDone(TargetWork work) {
    return store.note(work.lsn()).filter(note -> note.state() == DdlLog.State.DONE).isPresent();
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
    Set<String> tables = tables(work);
    try (TextTarget.Watch watch = store.target().watch()) {
      while (!watch.isReached(work.lsn(), writers, tables)) {
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

  /** What the tables are called on the target that the statement is about, before and after. */
  private static Set<String> tables(TargetWork work) {
    Set<String> tables = new HashSet<>();
    work.mapped().forEach(version -> tables.add(version.target()));
    for (TargetChange change : work.changes()) {
      if (change instanceof TargetChange.Alter alter) {
        tables.add(alter.table().table());
      } else if (change instanceof TargetChange.Truncate truncate) {
        tables.add(truncate.table().table());
      } else if (change instanceof TargetChange.Drop drop) {
        tables.add(drop.table().table());
      } else if (change instanceof TargetChange.Rename rename) {
        for (TargetChange.Move move : rename.moves()) {
          tables.add(move.from().table());
          tables.add(move.to().table());
        }
      }
    }
    return tables;
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
   * @throws DdlException if the statement does anything that can't be followed
   */
  private void requirePossible(TargetWork work) {
    Map<TableId, List<List<ColumnEdit>>> alters = new LinkedHashMap<>();
    for (TargetChange change : work.changes()) {
      if (change instanceof TargetChange.Alter alter) {
        alters.computeIfAbsent(alter.table(), table -> new ArrayList<>()).add(edits(alter));
      } else if (change instanceof TargetChange.Rename rename) {
        refuse(store.target().refusal(moves(rename), work.lsn()));
      }
    }
    alters.forEach((table, changes) -> refuse(store.target().refusal(table, changes, work.lsn())));
    requireRelated(work);
  }

  /**
   * @throws DtsException if foreign keys do now what the target can't be told
   */
  private void requireRelated(TargetWork work) {
    Map<String, TextTarget.Child> changed = new LinkedHashMap<>();
    for (TableVersion version : work.mapped()) {
      if (version.definition() != null && !version.definition().schema().foreignKeys().isEmpty()) {
        changed.put(
            version.target(),
            new TextTarget.Child(version.definition().schema(), version.divergence()));
      }
    }
    if (changed.isEmpty()) {
      return;
    }
    List<TableSchema> all =
        new SchemaHistory(store.load())
            .at(work.lsn()).values().stream()
                .filter(version -> version.state() == TableVersion.State.THERE)
                .filter(version -> version.definition() != null && rules.includes(version.table()))
                .map(version -> version.definition().schema())
                .toList();
    store
        .target()
        .unrelated(changed, all)
        .ifPresent(
            unrelated -> {
              throw new DtsException(
                  DtsError.SOURCE_DDL_UNSUPPORTED,
                  "what comes of the statement at "
                      + work.lsn()
                      + " can't be followed: "
                      + work.statement().shortened()
                      + " ("
                      + unrelated.why()
                      + ")",
                  unrelated.remedy() + ", and start the sync again: it goes on at this statement");
            });
  }

  private static void refuse(Optional<String> refusal) {
    refusal.ifPresent(
        why -> {
          throw new DdlException(why);
        });
  }

  private List<String> follow(TargetWork work) throws InterruptedException {
    List<String> done = new ArrayList<>();
    // What was done to a ghost table may be several changes of one table.
    Map<TableId, Integer> numbers = new HashMap<>();
    for (TargetChange change : work.changes()) {
      if (change instanceof TargetChange.Alter alter) {
        int number = numbers.merge(alter.table(), 1, Integer::sum) - 1;
        List<ColumnEdit> edits = edits(alter);
        if (!edits.isEmpty()) {
          done.addAll(store.target().alter(alter.table(), edits, work.lsn(), number));
        }
      } else {
        done.addAll(follow(change, work));
      }
    }
    return done;
  }

  /**
   * Tables that this statement calls otherwise may be parents of others, and foreign keys may have
   * come or gone.
   */
  private List<String> relate(TargetWork work) throws InterruptedException {
    List<String> done = new ArrayList<>();
    for (TableVersion version : work.mapped()) {
      if (version.definition() != null) {
        done.addAll(store.target().relate(version.target(), version.definition().schema()));
      }
    }
    return done;
  }

  private List<String> follow(TargetChange change, TargetWork work) throws InterruptedException {
    TextTarget target = store.target();
    if (change instanceof TargetChange.Truncate truncate) {
      return target.empty(truncate.table(), work.lsn(), work.statement().micros() / 1000);
    }
    if (change instanceof TargetChange.Drop drop) {
      return target.drop(drop.table());
    }
    if (change instanceof TargetChange.Rename rename) {
      return target.rename(moves(rename), work.lsn());
    }
    // A new table is made when its first rows come.
    return List.of();
  }

  private static List<TextTarget.Move> moves(TargetChange.Rename rename) {
    return rename.moves().stream()
        .map(move -> new TextTarget.Move(move.from(), move.to()))
        .toList();
  }

  /** What becomes of columns; indexes and defaults mean nothing there. */
  private static List<ColumnEdit> edits(TargetChange.Alter alter) {
    List<ColumnEdit> edits = new ArrayList<>();
    for (TargetAction action : alter.actions()) {
      if (action instanceof TargetAction.AddColumn add) {
        edits.add(added(add.column()));
      } else if (action instanceof TargetAction.DropColumn drop) {
        edits.add(new ColumnEdit.Drop(drop.name()));
      } else if (action instanceof TargetAction.RenameColumn rename) {
        edits.add(new ColumnEdit.Rename(rename.name(), rename.to()));
      } else if (action instanceof TargetAction.ChangeColumn changed) {
        requireKept(changed);
        edits.add(new ColumnEdit.Retype(changed.name(), changed.before(), changed.column()));
        if (!changed.name().equalsIgnoreCase(changed.to())) {
          edits.add(new ColumnEdit.Rename(changed.name(), changed.to()));
        }
      }
    }
    return edits;
  }

  /** The source may have computed or cut values, and told nobody. */
  private static void requireKept(TargetAction.ChangeColumn changed) {
    if (changed.before().generated() || changed.column().generated()) {
      throw new DdlException(changed.name() + " is computed by the source for rows that are there");
    }
    if (!TypeMapping.widens(changed.before(), changed.column())) {
      throw new DdlException(
          "column "
              + changed.name()
              + " may have other values in rows that are there ("
              + changed.before().columnType()
              + " to "
              + changed.column().columnType()
              + ")");
    }
  }

  private static ColumnEdit added(Column column) {
    NotRepeatable.added(column)
        .ifPresent(
            why -> {
              throw new DdlException(why);
            });
    if (column.generated()) {
      throw new DdlException(column.name() + " is computed by the source for rows that are there");
    }
    return new ColumnEdit.Add(column, StandingValue.of(column));
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
