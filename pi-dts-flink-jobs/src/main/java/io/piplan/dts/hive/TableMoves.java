package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.ddl.TextTarget.Move;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Gives tables other names, one after the other, while nobody rewrites them and no writer has a
 * transaction with rows of them. Files stay where they are. The log of a table goes last and is
 * marked with the statement and the step, in one: so after a crash it is known where to go on, even
 * if tables swap their names.
 */
final class TableMoves {
  private static final String MOVED = "pi.moved";

  private final HiveAccess access;
  private final StateFiles files;
  private final Path database;
  private final SyncFolder sync;
  private final String place;
  private final Duration silence;

  /**
   * @param place of the statement, as text
   * @param silence see {@link TableLease}
   */
  TableMoves(
      HiveAccess access,
      StateFiles files,
      Path database,
      SyncFolder sync,
      String place,
      Duration silence) {
    this.silence = silence;
    this.access = access;
    this.files = files;
    this.database = database;
    this.sync = sync;
    this.place = place;
  }

  List<String> run(List<Move> moves) throws InterruptedException {
    List<String> done = new ArrayList<>();
    for (int step = stepsDone(moves); step < moves.size(); step++) {
      TableId from = moves.get(step).from();
      TableId to = moves.get(step).to();
      String mark = place + " " + (step + 1);
      // Nobody else takes two at once.
      boolean moved = quiet(from).run((found, one) -> quiet(to, found, one, mark, from));
      if (moved) {
        done.add(from + " is called " + to);
      }
    }
    return done;
  }

  /** Why names that are left to give are taken, by others than those who vacate them first. */
  Optional<String> refusal(List<Move> moves, Layout layout) {
    return new MoveNames(id -> access.metastore().find(id).isPresent(), layout)
        .refusal(moves.subList(stepsDone(moves), moves.size()));
  }

  private boolean quiet(
      TableId to, Optional<FoundTable> found, TableLease one, String mark, TableId from) {
    if (found.isEmpty()) {
      // No row has come for it yet.
      return false;
    }
    try {
      return quiet(to)
          .run(
              (other, two) -> {
                one.requireHeld();
                move(found.get(), from, to, mark);
                return true;
              });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw HiveAccess.failed("renaming " + from, e);
    }
  }

  private QuietTable quiet(TableId id) {
    return new QuietTable(access, files, marks(id), id, silence);
  }

  private TableFolder marks(TableId id) {
    return new TableFolder(files, database, id.table());
  }

  private int stepsDone(List<Move> moves) {
    int done = 0;
    for (Move move : moves) {
      for (TableId id : List.of(move.from(), move.to())) {
        String mark =
            access
                .metastore()
                .find(HiveNames.log(id))
                .map(log -> log.getParameters().getOrDefault(MOVED, ""))
                .orElse("");
        if (mark.startsWith(place + " ")) {
          done = Math.max(done, Integer.parseInt(mark.substring(place.length() + 1)));
        }
      }
    }
    return done;
  }

  private void move(FoundTable found, TableId from, TableId to, String mark) {
    SyncedTable table = found.table();
    boolean viewed = table.layout() == Layout.CHANGELOG;
    TableId first = viewed ? HiveNames.state(from) : from;
    boolean begins = access.metastore().find(first).isPresent();
    if (begins) {
      // What is known of a table of that name which somebody has dropped by hand.
      marks(to).forget();
    }
    if (viewed) {
      rename(first, HiveNames.state(to), state -> state);
      SyncedTable named = table.named(to);
      rename(from, to, view -> TableAlteration.view(view, named));
    } else if (begins) {
      try (HiveQueries queries = new HiveQueries(access.server(), access.steps())) {
        queries.run(
            "renaming " + from,
            "ALTER TABLE " + HiveNames.quote(from) + " RENAME TO " + HiveNames.quote(to));
      }
    }
    marks(from).moveTo(marks(to));
    sync.noteTarget(to.table());
    sync.forgetTarget(from.table());
    rename(
        HiveNames.log(from),
        HiveNames.log(to),
        log -> {
          log.getParameters().put(MOVED, mark);
          return log;
        });
  }

  private void rename(TableId from, TableId to, UnaryOperator<Table> otherwise) {
    access
        .metastore()
        .find(from)
        .ifPresent(
            table -> {
              Table changed = otherwise.apply(table);
              changed.setDbName(to.database());
              changed.setTableName(to.table());
              access.metastore().rename(from, changed);
            });
  }
}
