package io.piplan.dts.flink;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.CopyWindow;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.Chunk;
import io.piplan.dts.copy.ChunkPlanner;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.copy.CopyProgress;
import io.piplan.dts.copy.CopyRates;
import io.piplan.dts.copy.TableSeen;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enumerator's talking to databases: a round is asked for what the coordinator wants, and
 * answers with what it found. Rounds run one after another in the coordinator's worker thread.
 */
final class CopyWork implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CopyWork.class);
  private static final long LOOK_AT_CONTROL_MILLIS = 1_000;
  private static final long MEASURE_MILLIS = 1_000;
  private static final int CHUNKS_PER_ROUND = 4;
  private static final long BYTES_PER_CHUNK = 16 << 20;
  private static final int FEWEST_ROWS = 1_000;

  /** A chunk should not take much longer than this under a rate limit. */
  private static final int SECONDS_PER_CHUNK = 5;

  /**
   * What the coordinator wants.
   *
   * @param known the tables that it knows, with when each was born
   * @param toPlan the table to plan chunks of, and after which one, numbered from where
   * @param inOnePiece tables that are being read as a whole, which nothing holds up once begun
   */
  record Request(
      Set<ChunkId> open,
      Map<TableId, String> known,
      Optional<TableId> toPlan,
      Optional<Chunk> last,
      int nextNumber,
      List<CopyProgress> progress,
      Set<TableId> inOnePiece) {}

  /** A table found, with the number its chunks begin at. */
  record Found(TableId table, long estimatedRows, int firstNumber, String born) {}

  /** A table that is another one than it was. */
  record Other(TableId table, int firstNumber, String born) {}

  /** A table with another name. */
  record Moved(TableId from, TableId to, int firstNumber) {}

  /** A table that was changed; its chunks are to be planned by this key. */
  record Changed(TableId table, String key, int firstNumber) {}

  /**
   * What has become of the tables since the last look.
   *
   * @param unplanned tables whose next chunks could not be planned as they are being changed
   */
  record Tables(
      List<Found> found,
      List<TableId> gone,
      List<Moved> moved,
      List<Other> others,
      List<Changed> changed,
      Set<TableId> unplanned) {
    static final Tables SAME =
        new Tables(List.of(), List.of(), List.of(), List.of(), List.of(), Set.of());

    Tables withUnplanned(TableId table) {
      return new Tables(found, gone, moved, others, changed, Set.of(table));
    }
  }

  /**
   * Whether and why the copy is held back.
   *
   * @param chunks whether no more chunks are to be begun
   * @param rows whether chunks that were begun are to wait, too
   * @param reason in words; empty if nothing holds it back but a person
   */
  record Rest(boolean chunks, boolean rows, String reason) {
    static final Rest NONE = new Rest(false, false, "");
  }

  /** What a round found. */
  record Answer(
      Map<ChunkId, Long> done,
      Tables tables,
      boolean looked,
      List<Chunk> planned,
      CopyLimits limits,
      Rest rest) {}

  private final CopyOptions options;
  private final CopyLedger ledger;
  private final Map<TableId, CopiedTable> tables = new HashMap<>();
  private final Map<TableId, String> lastSeen = new HashMap<>();
  private final Map<TableId, String> firstBorn = new HashMap<>();
  private List<CopyProgress> stored = List.of();
  private CopyLedger.Control control = CopyLedger.Control.FREE;
  private final CopyRates rates = new CopyRates();
  private List<CopyProgress> measured = List.of();
  private Rest rest = Rest.NONE;
  private boolean copied;
  private Optional<String> told = Optional.empty();
  private long measuredMillis;
  private long tablesMillis;
  private long controlMillis;
  private boolean prepared;

  CopyWork(CopyOptions options, CopyLedger ledger) {
    this.options = options;
    this.ledger = ledger;
  }

  /** Before the first round: what the target knows of the chunks and tables of a checkpoint. */
  Map<TableId, Integer> nextNumbers(Set<TableId> restored) {
    ledger.prepare();
    Map<TableId, Integer> next = new HashMap<>();
    restored.forEach(table -> next.put(table, ledger.nextChunk(table)));
    return next;
  }

  Answer round(Request request) {
    if (!prepared) {
      ledger.prepare();
      prepared = true;
    }
    long now = System.currentTimeMillis();
    boolean copies =
        request.progress().isEmpty()
            || request.progress().stream().anyMatch(table -> !table.done());
    if (now - controlMillis >= LOOK_AT_CONTROL_MILLIS || (copies && !copied)) {
      copied = copies;
      control = ledger.control();
      rest = rest(copies, now);
      tell(told(rest, request.inOnePiece()));
      controlMillis = now;
    }
    Map<ChunkId, Long> done = request.open().isEmpty() ? Map.of() : ledger.done(request.open());
    Tables found = Tables.SAME;
    boolean looks = now - tablesMillis >= options.tables().asking().toMillis() || ends(request);
    // Before the look: a table that is made meanwhile is none that is not there.
    List<CopyLedger.Unfinished> unfinished = looks ? ledger.unfinished() : List.of();
    Optional<Map<TableId, TableSeen>> there = looks ? options.tables().tables() : Optional.empty();
    if (there.isPresent()) {
      found = lookAtTables(request.known(), there.get());
      leave(unfinished, request.known(), there.get());
      tablesMillis = now;
    }
    List<Chunk> planned = List.of();
    if (request.toPlan().isPresent() && !rest.chunks()) {
      try {
        planned = plan(request);
      } catch (DtsException e) {
        found = found.withUnplanned(notNow(e, request.toPlan().get()));
      }
    }
    store(request, found, planned, now);
    return new Answer(done, found, looks, planned, control.limits(), rest);
  }

  /**
   * Whether a table is done since the last round: that is true of the one that was copied only, and
   * another one may have its name by now.
   */
  private boolean ends(Request request) {
    Set<TableId> before = new HashSet<>();
    stored.stream().filter(CopyProgress::done).forEach(table -> before.add(table.table()));
    return request.progress().stream()
        .filter(table -> table.done() && !before.contains(table.table()))
        .anyMatch(table -> !born(request.known(), table.table()).isEmpty());
  }

  /**
   * When a table was born; empty if nobody tells. Of one that a sync has begun to copy before it
   * followed changes of tables, that is what was told first.
   */
  private String born(Map<TableId, String> known, TableId table) {
    String born = known.getOrDefault(table, "");
    return born.isEmpty() ? firstBorn.getOrDefault(table, "") : born;
  }

  /** A table that is changed or gone is seen to when the binlog's reader has come to that. */
  private TableId notNow(DtsException e, TableId table) {
    boolean changed =
        e.error() == DtsError.SOURCE_SCHEMA_CHANGED || e.error() == DtsError.SOURCE_MISSING_TABLE;
    if (!changed) {
      throw e;
    }
    tables.remove(table);
    LOG.info("{}: {} can't be copied for the moment: {}", options.sync(), table, e.problem());
    return table;
  }

  /**
   * @param copies whether there is anything to copy, as far as is known
   */
  private Rest rest(boolean copies, long now) {
    if (control.paused()) {
      return new Rest(true, false, "");
    }
    if (!copies) {
      return Rest.NONE;
    }
    CopyLimits limits = control.limits();
    Optional<CopyWindow> window =
        limits.openTimes().filter(times -> !times.isOpen(Instant.ofEpochMilli(now)));
    if (window.isPresent()) {
      return new Rest(true, false, "outside of the copy's window, " + window.get());
    }
    return ledger.overload(limits).map(load -> new Rest(true, true, load)).orElse(Rest.NONE);
  }

  /** In words, with what goes on all the same. */
  private static String told(Rest rest, Set<TableId> inOnePiece) {
    if (!rest.chunks() || inOnePiece.isEmpty()) {
      return rest.reason();
    }
    return (rest.reason().isEmpty() ? "paused" : rest.reason())
        + "; what can only be read in one piece is read to its end: "
        + inOnePiece.stream().map(TableId::toString).collect(Collectors.joining(", "));
  }

  private void tell(String reason) {
    if (!told.equals(Optional.of(reason))) {
      ledger.resting(reason);
      told = Optional.of(reason);
    }
  }

  private Tables lookAtTables(Map<TableId, String> known, Map<TableId, TableSeen> there) {
    List<Found> found = new ArrayList<>();
    List<Moved> moved = new ArrayList<>();
    List<Other> others = new ArrayList<>();
    List<Changed> changed = new ArrayList<>();
    Set<TableId> gone = new HashSet<>(known.keySet());
    gone.removeAll(there.keySet());
    there.forEach(
        (table, seen) -> {
          boolean isNew = !known.containsKey(table);
          if (!isNew && known.get(table).isEmpty()) {
            firstBorn.putIfAbsent(table, seen.born());
          }
          Optional<TableId> from =
              gone.stream()
                  .filter(id -> !seen.born().isEmpty() && born(known, id).equals(seen.born()))
                  .findFirst();
          if (isNew && from.isPresent()) {
            gone.remove(from.get());
            tables.remove(from.get());
            moved.add(new Moved(from.get(), table, ledger.nextChunk(table)));
          } else if (isNew) {
            find(table, seen, found);
          } else if (!born(known, table).isEmpty() && !born(known, table).equals(seen.born())) {
            tables.remove(table);
            others.add(new Other(table, ledger.nextChunk(table), seen.born()));
          } else if (!seen.since().equals(lastSeen.getOrDefault(table, seen.since()))) {
            change(table, changed);
          }
        });
    lastSeen.clear();
    there.forEach((table, seen) -> lastSeen.put(table, seen.since()));
    gone.forEach(tables::remove);
    firstBorn.keySet().retainAll(there.keySet());
    Set<TableId> left = new HashSet<>(gone);
    moved.forEach(move -> left.add(move.from()));
    if (!left.isEmpty()) {
      forget(left);
    }
    return new Tables(found, List.copyOf(gone), moved, others, changed, Set.of());
  }

  private void find(TableId table, TableSeen seen, List<Found> found) {
    try {
      CopiedTable copied = options.tables().table(table);
      tables.put(table, copied);
      found.add(new Found(table, copied.estimatedRows(), ledger.nextChunk(table), seen.born()));
    } catch (DtsException e) {
      notNow(e, table);
    }
  }

  private void change(TableId table, List<Changed> changed) {
    try {
      CopiedTable copied = options.tables().table(table);
      tables.put(table, copied);
      changed.add(new Changed(table, ChunkPlanner.key(copied.schema()), ledger.nextChunk(table)));
    } catch (DtsException e) {
      notNow(e, table);
    }
  }

  /**
   * Of tables that are gone or have other names: nobody is to wait for them. Their chunks' numbers
   * stay used.
   */
  private void forget(Set<TableId> gone) {
    List<CopyProgress> over = new ArrayList<>();
    for (TableId table : gone) {
      over.add(new CopyProgress(table, 0, 0, ledger.nextChunk(table), 0, 0, true, 0));
    }
    ledger.store(over);
  }

  /**
   * The same of tables that came and went before anybody saw them. Whoever follows the source's
   * statements knows of a table before he stores that it is not copied.
   */
  private void leave(
      List<CopyLedger.Unfinished> unfinished,
      Map<TableId, String> known,
      Map<TableId, TableSeen> there) {
    List<CopyLedger.Unfinished> left = new ArrayList<>();
    for (CopyLedger.Unfinished one : unfinished) {
      TableId table = one.table();
      if (!known.containsKey(table)
          && !there.containsKey(table)
          && !options.tables().isAwaited(table)) {
        left.add(one);
      }
    }
    ledger.leave(left);
  }

  private List<Chunk> plan(Request request) {
    TableId id = request.toPlan().orElseThrow();
    CopiedTable table = tables.computeIfAbsent(id, options.tables()::table);
    List<Chunk> planned = new ArrayList<>();
    try (Connection source = options.source().connect(Side.SOURCE)) {
      ChunkPlanner planner = new ChunkPlanner(source, table.schema(), rows(table));
      Optional<Chunk> last = request.last();
      int number = request.nextNumber();
      while (planned.size() < CHUNKS_PER_ROUND && (last.isEmpty() || !last.get().isLast())) {
        Chunk chunk = last.isEmpty() ? planner.first(number) : planner.after(last.get(), number);
        planned.add(chunk);
        last = Optional.of(chunk);
        number++;
      }
    } catch (SQLException e) {
      // Only closing is left to fail; what was planned is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
    return planned;
  }

  private int rows(CopiedTable table) {
    long rows = options.rowsPerChunk();
    if (table.bytesPerRow() > 0) {
      rows = Math.min(rows, BYTES_PER_CHUNK / table.bytesPerRow());
    }
    if (control.limits().rowsPerSecond() > 0) {
      rows = Math.min(rows, control.limits().rowsPerSecond() * SECONDS_PER_CHUNK);
    }
    if (control.limits().bytesPerSecond() > 0 && table.bytesPerRow() > 0) {
      rows =
          Math.min(
              rows, control.limits().bytesPerSecond() * SECONDS_PER_CHUNK / table.bytesPerRow());
    }
    return (int) Math.max(Math.min(FEWEST_ROWS, options.rowsPerChunk()), rows);
  }

  /** Numbers of planned chunks count as used before any reader hears of them. */
  private void store(Request request, Tables found, List<Chunk> planned, long now) {
    Set<TableId> left = new HashSet<>(found.gone());
    found.moved().forEach(move -> left.add(move.from()));
    found.others().forEach(other -> left.add(other.table()));
    List<CopyProgress> progress = new ArrayList<>();
    for (CopyProgress table : rated(request.progress(), now)) {
      if (left.contains(table.table())) {
        // The request is from before they were forgotten, or another one had the name.
        continue;
      }
      boolean isPlanned =
          !planned.isEmpty() && table.table().equals(request.toPlan().orElseThrow());
      progress.add(isPlanned ? table.withPlanned(planned.size()) : table);
    }
    List<CopyProgress> changed = progress.stream().filter(p -> !stored.contains(p)).toList();
    ledger.store(changed);
    stored = progress;
  }

  /** With rates, which are looked at once a second. */
  private List<CopyProgress> rated(List<CopyProgress> progress, long now) {
    if (now - measuredMillis >= MEASURE_MILLIS) {
      measured = rates.measured(progress, now);
      measuredMillis = now;
      return measured;
    }
    Map<TableId, Long> known = new HashMap<>();
    measured.forEach(table -> known.put(table.table(), table.rowsPerSecond()));
    return progress.stream()
        .map(table -> table.done() ? table : table.withRate(known.getOrDefault(table.table(), 0L)))
        .toList();
  }

  @Override
  public void close() {
    ledger.close();
  }
}
