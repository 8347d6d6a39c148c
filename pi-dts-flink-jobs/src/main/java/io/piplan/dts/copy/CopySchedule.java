package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import io.piplan.dts.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which chunk is read when and by whom. A chunk is <em>waiting</em>, then <em>given</em> to a
 * reader, then <em>read</em>, and gone when the target says that it is done. One that stays read
 * for long was given back by a writer, and waits again. Pure; used by one thread.
 */
public final class CopySchedule {
  private static final int LONGEST_PATIENCE_FACTOR = 16;

  /** A chunk on its way. */
  private static final class Flight {
    private final Chunk chunk;
    private final int reader;
    private final int attempt;
    private long readMillis = -1;

    Flight(Chunk chunk, int reader, int attempt) {
      this.chunk = chunk;
      this.reader = reader;
      this.attempt = attempt;
    }
  }

  /** A table's numbers. */
  private static final class Table {
    private String born = "";
    private long estimatedRows;
    private Optional<Chunk> last = Optional.empty();
    private int nextNumber;
    private long chunks;
    private long chunksDone;
    private long copiedRows;
    private final Map<ChunkId, Chunk> open = new LinkedHashMap<>();
  }

  private final int mostInFlight;
  private final long patienceMillis;
  private final Map<TableId, Table> tables = new TreeMap<>();
  private final ArrayDeque<Chunk> waiting = new ArrayDeque<>();
  private final Map<ChunkId, Flight> flying = new LinkedHashMap<>();
  private final Map<ChunkId, Integer> attempts = new HashMap<>();

  /**
   * @param mostInFlight chunks given and not done
   * @param patienceMillis how long a chunk may be read and not done before it is read again; twice
   *     as long each time
   */
  public CopySchedule(int mostInFlight, long patienceMillis) {
    this.mostInFlight = mostInFlight;
    this.patienceMillis = patienceMillis;
  }

  public boolean knows(TableId table) {
    return tables.containsKey(table);
  }

  /** What is known, each with when it was born. */
  public Map<TableId, String> known() {
    Map<TableId, String> known = new HashMap<>();
    tables.forEach((id, table) -> known.put(id, table.born));
    return known;
  }

  /** A table that was not seen before. Its chunks are numbered from {@code firstNumber}. */
  public void add(TableId id, long estimatedRows, int firstNumber, String born) {
    Table table = new Table();
    table.born = born;
    table.estimatedRows = estimatedRows;
    table.nextNumber = firstNumber;
    tables.put(id, table);
  }

  /** A table out of a checkpoint; {@code firstNumber} is above all numbers ever used. */
  public void restore(TableCopy copy, int firstNumber) {
    add(copy.table(), copy.estimatedRows(), firstNumber, copy.born());
    Table table = tables.get(copy.table());
    table.last = copy.last();
    table.chunks = copy.chunks();
    table.chunksDone = copy.chunksDone();
    table.copiedRows = copy.copiedRows();
    for (Chunk chunk : copy.open()) {
      table.open.put(chunk.id(), chunk);
      waiting.add(chunk);
    }
    copy.last()
        .ifPresent(last -> table.nextNumber = Math.max(table.nextNumber, last.id().number() + 1));
  }

  public List<TableCopy> state() {
    List<TableCopy> state = new ArrayList<>();
    tables.forEach(
        (id, table) ->
            state.add(
                new TableCopy(
                    id,
                    table.estimatedRows,
                    table.last,
                    table.chunks,
                    table.chunksDone,
                    table.copiedRows,
                    List.copyOf(table.open.values()),
                    table.born)));
    return state;
  }

  public List<CopyProgress> progress() {
    List<CopyProgress> progress = new ArrayList<>();
    tables.forEach(
        (id, table) ->
            progress.add(
                new CopyProgress(
                    id,
                    Math.max(table.estimatedRows, table.copiedRows),
                    table.copiedRows,
                    table.nextNumber,
                    table.chunks,
                    table.chunksDone,
                    isPlanned(table) && table.open.isEmpty(),
                    0)));
    return progress;
  }

  /** The table is gone. */
  public void remove(TableId id) {
    forgetChunks(id);
    tables.remove(id);
  }

  private void forgetChunks(TableId id) {
    waiting.removeIf(chunk -> chunk.id().table().equals(id));
    flying.keySet().removeIf(chunk -> chunk.table().equals(id));
    attempts.keySet().removeIf(chunk -> chunk.table().equals(id));
  }

  /**
   * The table holds something else, or its rows are told apart otherwise: all of it is read anew,
   * in chunks with other numbers.
   *
   * @param firstNumber above all numbers that were used
   */
  public void restart(TableId id, String born, int firstNumber) {
    Table before = tables.get(id);
    forgetChunks(id);
    add(id, before.estimatedRows, Math.max(firstNumber, before.nextNumber), born);
  }

  /** The table got another name; what is done is done. */
  public void move(TableId from, TableId to, int firstNumber) {
    Table table = tables.get(from);
    forgetChunks(from);
    tables.remove(from);
    Table moved = new Table();
    moved.born = table.born;
    moved.estimatedRows = table.estimatedRows;
    moved.nextNumber = Math.max(firstNumber, table.nextNumber);
    moved.chunks = table.chunks;
    moved.chunksDone = table.chunksDone;
    moved.copiedRows = table.copiedRows;
    tables.put(to, moved);
    for (Chunk chunk : table.open.values()) {
      Chunk again = numbered(chunk, to, moved.nextNumber++);
      moved.open.put(again.id(), again);
      waiting.add(again);
    }
    moved.last = table.last.map(chunk -> numbered(chunk, to, moved.nextNumber++));
  }

  private static Chunk numbered(Chunk chunk, TableId table, int number) {
    return new Chunk(new ChunkId(table, number), chunk.after(), chunk.upTo(), chunk.key());
  }

  /** Whatever is under way of a table is to be read again. */
  public void takeBack(TableId id) {
    takeBack(flying.values().stream().filter(f -> f.chunk.id().table().equals(id)).toList());
  }

  /** The table whose chunks are to be planned next, if more chunks are wanted. */
  public Optional<TableId> toPlan(Set<TableId> but) {
    if (waiting.size() >= mostInFlight) {
      return Optional.empty();
    }
    return tables.entrySet().stream()
        .filter(entry -> !isPlanned(entry.getValue()) && !but.contains(entry.getKey()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static boolean isPlanned(Table table) {
    return table.last.isPresent() && table.last.get().isLast();
  }

  /** Whether a table is not copied as a whole, and chunks of it were planned by another key. */
  public boolean isPlannedBy(TableId id, String otherThan) {
    Table table = tables.get(id);
    return table != null
        && !(isPlanned(table) && table.open.isEmpty())
        && table.last.isPresent()
        && !table.last.get().key().isEmpty()
        && !table.last.get().key().equals(otherThan);
  }

  public Optional<Chunk> lastPlanned(TableId table) {
    return tables.get(table).last;
  }

  public int nextNumber(TableId table) {
    return tables.get(table).nextNumber;
  }

  /** Chunks that were planned, in order. */
  public void planned(List<Chunk> chunks) {
    for (Chunk chunk : chunks) {
      Table table = tables.get(chunk.id().table());
      table.last = Optional.of(chunk);
      table.nextNumber = chunk.id().number() + 1;
      table.chunks++;
      table.open.put(chunk.id(), chunk);
      waiting.add(chunk);
    }
  }

  /** The next chunk for a reader, if one may be given out now. */
  public Optional<Chunk> give(int reader) {
    if (flying.size() >= mostInFlight || waiting.isEmpty()) {
      return Optional.empty();
    }
    Chunk chunk = waiting.poll();
    int attempt = attempts.merge(chunk.id(), 1, Integer::sum);
    flying.put(chunk.id(), new Flight(chunk, reader, attempt));
    return Optional.of(chunk);
  }

  public void read(ChunkId chunk, long nowMillis) {
    Flight flight = flying.get(chunk);
    if (flight != null) {
      flight.readMillis = nowMillis;
    }
  }

  /** The reader is new or was lost: what it had must be read again. */
  public void lost(int reader) {
    takeBack(flying.values().stream().filter(flight -> flight.reader == reader).toList());
  }

  /** Puts chunks back that were read long ago and are not done. */
  public List<ChunkId> overdue(long nowMillis) {
    List<Flight> overdue =
        flying.values().stream()
            .filter(flight -> flight.readMillis >= 0)
            .filter(flight -> nowMillis - flight.readMillis > patience(flight))
            .toList();
    takeBack(overdue);
    return overdue.stream().map(flight -> flight.chunk.id()).toList();
  }

  /** How often a chunk was given to a reader. */
  public int attempts(ChunkId chunk) {
    return attempts.getOrDefault(chunk, 0);
  }

  private long patience(Flight flight) {
    int doublings = Math.min(flight.attempt - 1, 30);
    return patienceMillis * Math.min(1L << doublings, LONGEST_PATIENCE_FACTOR);
  }

  private void takeBack(Collection<Flight> flights) {
    for (Flight flight : flights) {
      flying.remove(flight.chunk.id());
      waiting.addFirst(flight.chunk);
    }
  }

  /** Tables that readers have got in one piece and are not through with. */
  public Set<TableId> inOnePiece() {
    Set<TableId> whole = new TreeSet<>();
    flying.values().stream()
        .filter(flight -> flight.readMillis < 0)
        .filter(flight -> flight.chunk.after().isEmpty() && flight.chunk.upTo().isEmpty())
        .forEach(flight -> whole.add(flight.chunk.id().table()));
    return whole;
  }

  /** What to ask the target about: everything open, since a chunk given back may yet be done. */
  public Set<ChunkId> open() {
    Map<ChunkId, Chunk> open = new LinkedHashMap<>();
    flying.forEach((id, flight) -> open.put(id, flight.chunk));
    waiting.stream()
        .filter(chunk -> attempts.containsKey(chunk.id()))
        .forEach(chunk -> open.put(chunk.id(), chunk));
    return Set.copyOf(open.keySet());
  }

  /** Every chunk not known to be done, for the first question after a restore. */
  public Set<ChunkId> allOpen() {
    return tables.values().stream()
        .flatMap(table -> table.open.keySet().stream())
        .collect(java.util.stream.Collectors.toUnmodifiableSet());
  }

  public void done(Map<ChunkId, Long> done) {
    done.forEach(
        (id, rows) -> {
          Table table = tables.get(id.table());
          if (table != null && table.open.remove(id) != null) {
            table.chunksDone++;
            table.copiedRows += rows;
            flying.remove(id);
            attempts.remove(id);
            waiting.removeIf(chunk -> chunk.id().equals(id));
          }
        });
  }

  public int inFlight() {
    return flying.size();
  }

  public int waiting() {
    return waiting.size();
  }
}
