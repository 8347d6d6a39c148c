package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChunkId;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lanes;
import io.piplan.dts.Layout;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * The writer against a simulated source that changes rows, is copied in chunks at any moment, and
 * crashes; the target in memory fails the test if any row ever goes back (I3, I4, I8).
 */
class ApplyWriterTest {
  private static final TableId TABLE = new TableId("shop", "t");
  private static final TableSchema SCHEMA =
      new TableSchema(
          TABLE,
          List.of(
              Column.of("id", ColumnType.INT, "int", false),
              Column.of("version", ColumnType.INT, "int", false)),
          List.of("id"),
          List.of(new UniqueKey("PRIMARY", List.of("id"))),
          List.of(),
          "");
  private static final TableMapping MAPPING = mapping();

  private static TableMapping mapping() {
    MappedColumn id = new MappedColumn(0, SCHEMA.columns().get(0), "id", "int");
    MappedColumn version = new MappedColumn(1, SCHEMA.columns().get(1), "version", "int");
    return new TableMapping(SCHEMA, "shop", "t", List.of(id, version), List.of(id), false);
  }

  /** A source with a binlog of one row a transaction, and the state at each of its positions. */
  private static final class Source {
    private final Random random;
    private final int keys;
    private final List<ChangeEvent> binlog = new ArrayList<>();
    private final List<Map<Integer, Integer>> states = new ArrayList<>();
    private final int[] versions;

    Source(Random random, int keys) {
      this.random = random;
      this.keys = keys;
      this.versions = new int[keys];
      Map<Integer, Integer> initial = new TreeMap<>();
      for (int key = 0; key < keys; key += 2) {
        initial.put(key, ++versions[key]);
      }
      states.add(initial);
    }

    void change() {
      int key = random.nextInt(keys);
      Map<Integer, Integer> state = new TreeMap<>(states.get(states.size() - 1));
      Integer old = state.get(key);
      boolean delete = old != null && random.nextInt(4) == 0;
      Row before = old == null ? null : row(key, old);
      if (delete) {
        state.remove(key);
      } else {
        state.put(key, ++versions[key]);
      }
      Row after = delete ? null : row(key, versions[key]);
      Op op = old == null ? Op.INSERT : delete ? Op.DELETE : Op.UPDATE;
      Row keyRow = before == null ? after : before;
      int lane = Lanes.ofKey(SCHEMA, SCHEMA.keyIndexes(), keyRow);
      Lsn lsn = new Lsn("binlog.000001", binlog.size() + 1L, 1, 1);
      binlog.add(new ChangeEvent(TABLE, lane, op, before, after, lsn, Lsn.START, 1_000));
      states.add(state);
    }

    Map<Integer, Integer> current() {
      return states.get(states.size() - 1);
    }
  }

  /** Keys are far apart, so that they are in different lanes. */
  private static String name(int key) {
    return Integer.toString(1_000 * key);
  }

  private static Row row(int key, int version) {
    return Row.of(name(key), Integer.toString(version));
  }

  /** One attempt of the job: sources, channels and writers between two crashes. */
  private static final class Attempt {
    private static final int CHUNKS = 4;
    private final Source source;
    private final MemoryTarget target;
    private final Random random;
    private final int writers;
    private final List<ApplyWriter> writer = new ArrayList<>();
    private final List<ArrayDeque<StreamElement>> changes = new ArrayList<>();
    private final List<ArrayDeque<StreamElement>> copies = new ArrayList<>();
    private final Lsn[] sent;
    private final boolean[] assigned = new boolean[CHUNKS];
    private int read;
    private int again;

    Attempt(Source source, MemoryTarget target, Random random, int writers, int from) {
      this(source, target, random, writers, from, false);
    }

    Attempt(
        Source source,
        MemoryTarget target,
        Random random,
        int writers,
        int from,
        boolean deadLetters) {
      this.source = source;
      this.target = target;
      this.random = random;
      this.writers = writers;
      this.read = from;
      this.sent = new Lsn[writers];
      Arrays.fill(sent, from == 0 ? Lsn.START : Lsn.boundary("binlog.000001", from + 1L));
      for (int w = 0; w < writers; w++) {
        WriterOptions options =
            new WriterOptions(
                "s",
                w,
                writers,
                3,
                false,
                false,
                deadLetters,
                true,
                true,
                ZeroDates.KEEP,
                GuardOptions.OFF,
                20,
                60);
        writer.add(
            new ApplyWriter(
                options, target.open(), table -> MAPPING, new WriterMetrics(), Clock.systemUTC()));
        changes.add(new ArrayDeque<>());
        copies.add(new ArrayDeque<>());
      }
    }

    /** Does one random thing. */
    void step() {
      switch (random.nextInt(8)) {
        case 0, 1 -> source.change();
        case 2 -> readBinlog();
        case 3 -> copyChunk();
        case 4 -> writer.get(random.nextInt(writers)).flush();
        case 5 -> target.failCommits(random.nextInt(3));
        default -> deliver(random.nextInt(writers));
      }
    }

    private void readBinlog() {
      if (read == source.binlog.size()) {
        mark();
        return;
      }
      ChangeEvent change = source.binlog.get(read++);
      int w = Lanes.writer(change.lane(), writers);
      changes.get(w).add(change.withRoute(change.lane(), sent[w]));
      sent[w] = change.lsn();
    }

    private void mark() {
      Lsn lsn = Lsn.boundary("binlog.000001", read + 1L);
      for (int w = 0; w < writers; w++) {
        changes.get(w).add(new PositionMark(w, lsn, sent[w], true, 0));
        sent[w] = lsn;
      }
    }

    private void copyChunk() {
      int number = random.nextInt(CHUNKS);
      ChunkId chunk = new ChunkId(TABLE, number);
      boolean underway =
          copies.stream()
              .flatMap(ArrayDeque::stream)
              .anyMatch(e -> e instanceof CopyEnd end && end.chunk().equals(chunk));
      if (target.done(chunk, writers) || (assigned[number] && underway)) {
        return;
      }
      assigned[number] = true;
      // The binlog may be sent before snapshots show what is in it.
      int at = Math.max(0, source.binlog.size() - (random.nextInt(2) * 8));
      Lsn snapshot = Lsn.boundary("binlog.000001", at + 1L);
      for (int w = 0; w < writers; w++) {
        List<Row> rows = new ArrayList<>();
        for (Map.Entry<Integer, Integer> e : source.states.get(at).entrySet()) {
          Row row = row(e.getKey(), e.getValue());
          int lane = Lanes.ofKey(SCHEMA, SCHEMA.keyIndexes(), row);
          if (e.getKey() % CHUNKS == number && Lanes.writer(lane, writers) == w) {
            rows.add(row);
          }
        }
        for (int from = 0; from < rows.size(); from += 2) {
          List<Row> some = rows.subList(from, Math.min(rows.size(), from + 2));
          copies.get(w).add(new CopyBatch(chunk, w, snapshot, snapshot, from, PackedRows.of(some)));
        }
        copies.get(w).add(new CopyEnd(chunk, w, writers, snapshot, snapshot, rows.size()));
      }
    }

    /**
     * Copies again what the target has otherwise than the source, as ResyncReader does: the
     * target's keys are read before the snapshot, its rows after it.
     */
    private void copyAgain() {
      List<String> keysBefore = new ArrayList<>(target.rows().keySet());
      int between = random.nextInt(4);
      for (int i = 0; i < between; i++) {
        step();
      }
      int at = Math.max(0, source.binlog.size() - (random.nextInt(2) * 8));
      Lsn snapshot = Lsn.boundary("binlog.000001", at + 1L);
      Map<Integer, Integer> rows = source.states.get(at);
      for (int i = random.nextInt(4); i > 0; i--) {
        step();
      }
      ChunkId chunk = new ChunkId(TABLE, --again);
      List<Row> put = new ArrayList<>();
      rows.forEach(
          (key, version) -> {
            if (!version.equals(target.rows().get(name(key)))) {
              put.add(row(key, version));
            }
          });
      List<Row> gone = new ArrayList<>();
      for (String key : keysBefore) {
        if (!rows.containsKey(Integer.parseInt(key) / 1_000)) {
          gone.add(Row.of(key, null));
        }
      }
      for (int w = 0; w < writers; w++) {
        List<Row> myGone = mine(gone, w);
        List<Row> myPut = mine(put, w);
        if (!myGone.isEmpty()) {
          copies
              .get(w)
              .add(
                  new CopyBatch(
                      chunk, w, snapshot, snapshot, 0, PackedRows.of(myGone), true, Layout.ANY));
        }
        if (!myPut.isEmpty()) {
          copies
              .get(w)
              .add(
                  new CopyBatch(chunk, w, snapshot, snapshot, myGone.size(), PackedRows.of(myPut)));
        }
        long sent = (long) myGone.size() + myPut.size();
        copies.get(w).add(new CopyEnd(chunk, w, writers, snapshot, snapshot, sent));
      }
    }

    private List<Row> mine(List<Row> rows, int w) {
      return rows.stream()
          .filter(row -> Lanes.writer(Lanes.ofKey(SCHEMA, SCHEMA.keyIndexes(), row), writers) == w)
          .toList();
    }

    private void deliver(int w) {
      ArrayDeque<StreamElement> from = (random.nextBoolean() ? changes : copies).get(w);
      if (!from.isEmpty()) {
        writer.get(w).write(from.poll());
      }
    }

    void deliverChange(int w) {
      writer.get(w).write(changes.get(w).poll());
    }

    /** A checkpoint: a mark to all, everything before it delivered and flushed. */
    int checkpoint() {
      mark();
      for (int w = 0; w < writers; w++) {
        while (!changes.get(w).isEmpty()) {
          writer.get(w).write(changes.get(w).poll());
        }
        writer.get(w).flush();
      }
      return read;
    }

    void drain() {
      for (int round = 0; round < 50; round++) {
        while (read < source.binlog.size()) {
          readBinlog();
        }
        checkpoint();
        for (int number = 0; number < CHUNKS; number++) {
          copyChunk();
        }
        for (int w = 0; w < writers; w++) {
          while (!copies.get(w).isEmpty()) {
            writer.get(w).write(copies.get(w).poll());
          }
        }
      }
    }
  }

  @Property(tries = 400)
  void endsEqualAndNeverGoesBackWhateverCrashes(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int writers) {
    Random random = new Random(seed);
    Source source = new Source(random, 24);
    MemoryTarget target = new MemoryTarget();
    int checkpoint = 0;
    Attempt attempt = new Attempt(source, target, random, writers, 0);
    for (int i = 0; i < 400; i++) {
      attempt.step();
      if (random.nextInt(40) == 0) {
        checkpoint = attempt.checkpoint();
      }
      if (random.nextInt(60) == 0) {
        Attempt zombie = attempt;
        int nextWriters = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : attempt.writers;
        attempt = new Attempt(source, target, random, nextWriters, checkpoint);
        zombieCannotWrite(zombie, random);
      }
    }
    attempt.drain();
    Map<String, Integer> expected = new TreeMap<>();
    source.current().forEach((key, version) -> expected.put(name(key), version));
    assertThat(target.rows()).isEqualTo(expected);
  }

  /**
   * Rows that somebody else has damaged are right again, and no row ever goes back behind what a
   * change has made of it (I3, I8), while changes go on and writers crash.
   */
  @Property(tries = 400)
  void whatIsCopiedAgainMendsAndNeverGoesBack(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int writers) {
    Random random = new Random(seed);
    Source source = new Source(random, 24);
    MemoryTarget target = new MemoryTarget();
    Attempt attempt = new Attempt(source, target, random, writers, 0);
    attempt.drain();
    int checkpoint = attempt.checkpoint();
    for (int i = 0; i < 300; i++) {
      attempt.step();
      if (random.nextInt(10) == 0) {
        target.damage(name(random.nextInt(30)), random.nextBoolean() ? null : -1);
      }
      if (random.nextInt(12) == 0) {
        attempt.copyAgain();
      }
      if (random.nextInt(40) == 0) {
        checkpoint = attempt.checkpoint();
      }
      if (random.nextInt(60) == 0) {
        Attempt zombie = attempt;
        int nextWriters = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : attempt.writers;
        attempt = new Attempt(source, target, random, nextWriters, checkpoint);
        zombieCannotWrite(zombie, random);
      }
    }
    attempt.drain();
    Map<String, Integer> expected = new TreeMap<>();
    for (int i = 0; i < 20 && !target.rows().equals(expected); i++) {
      attempt.copyAgain();
      attempt.drain();
      expected.clear();
      source.current().forEach((key, version) -> expected.put(name(key), version));
    }
    assertThat(target.rows()).isEqualTo(expected);
  }

  /** A writer that survived its attempt goes on for a while: all it can get is fenced. */
  private static void zombieCannotWrite(Attempt zombie, Random random) {
    for (int i = 0; i < 10; i++) {
      try {
        zombie.deliver(random.nextInt(zombie.writers));
        zombie.writer.get(random.nextInt(zombie.writers)).flush();
      } catch (DtsException e) {
        assertThat(e.error()).isEqualTo(DtsError.TARGET_FENCED);
        return;
      }
    }
  }

  @Test
  void everyValueIsSeenOnceInOrderWithoutCopies() {
    Source source = new Source(new Random(1), 6);
    MemoryTarget target = new MemoryTarget();
    Attempt attempt = new Attempt(source, target, new Random(2), 2, 0);
    for (int i = 0; i < 500; i++) {
      source.change();
      attempt.readBinlog();
      if (i == 200) {
        int checkpoint = attempt.checkpoint();
        source.change();
        attempt.readBinlog();
        attempt.writer.forEach(ApplyWriter::flush);
        attempt = new Attempt(source, target, new Random(3), 2, checkpoint);
      }
    }
    attempt.checkpoint();
    while (attempt.read < source.binlog.size()) {
      attempt.readBinlog();
    }
    attempt.checkpoint();
    for (int key = 0; key < 6; key++) {
      String name = Integer.toString(key);
      List<Integer> expected =
          source.binlog.stream()
              .filter(c -> c.after() != null && c.after().text(0).equals(name))
              .map(c -> Integer.valueOf(c.after().text(1)))
              .toList();
      assertThat(target.history(name)).isEqualTo(expected);
    }
  }

  /** A deadlock while refused changes are looked for one by one: those before it are committed. */
  @Test
  void deadlockAmongRefusedChangesDoublesNone() {
    Source source = new Source(new Random(1), 2);
    MemoryTarget target = new MemoryTarget();
    target.refuse(change -> change.lsn().position() % 9 == 0);
    Attempt attempt = new Attempt(source, target, new Random(2), 1, 0, true);
    for (int i = 0; i < 300; i++) {
      source.change();
      attempt.readBinlog();
      target.failCommits(i % 3);
      attempt.deliverChange(0);
    }
    attempt.writer.get(0).flush();
    assertThat(target.deadLetters()).hasSize(33).doesNotHaveDuplicates();
    for (int key = 0; key < 2; key++) {
      String name = Integer.toString(key);
      List<Integer> expected =
          source.binlog.stream()
              .filter(c -> c.after() != null && c.after().text(0).equals(name))
              .filter(c -> c.lsn().position() % 9 != 0)
              .map(c -> Integer.valueOf(c.after().text(1)))
              .toList();
      assertThat(target.history(name)).isEqualTo(expected);
    }
  }

  /** A row that was copied stays as it was before a change that is not to be. */
  /** It may wait for what other writers have prepared, and those for the checkpoint. */
  @Test
  void nothingIsForgottenWhileACheckpointWaits() {
    MemoryTarget target = new MemoryTarget();
    WriterOptions options =
        new WriterOptions(
            "s", 0, 1, 3, false, true, false, true, true, ZeroDates.KEEP, GuardOptions.OFF, 20, 60);
    ApplyWriter writer =
        new ApplyWriter(
            options, target.open(), table -> MAPPING, new WriterMetrics(), Clock.systemUTC());
    assertThat(writer.prepare()).isEmpty();
    assertThat(target.tidied()).isZero();
    // Also where there was nothing to prepare.
    writer.commitPrepared();
    assertThat(target.tidied()).isEqualTo(1);
  }

  @Test
  void aConflictTakesNoCopiedRowsPlace() {
    MemoryTarget target = new MemoryTarget();
    target.disown(change -> change.lsn().position() == 6);
    ApplyWriter writer =
        new ApplyWriter(
            WriterOptions.of("s", 0, 1),
            target.open(),
            table -> MAPPING,
            new WriterMetrics(),
            Clock.systemUTC());
    writer.write(mark(4, Lsn.START));
    Lsn before = Lsn.boundary("binlog.000001", 4);
    writer.write(update(5, row(2, 1), row(2, 2), before));
    Lsn own = new Lsn("binlog.000001", 5, 1, 1);
    writer.write(update(6, row(0, 1), row(1, 2), own));
    Lsn snapshot = Lsn.boundary("binlog.000001", 5);
    PackedRows rows = PackedRows.of(List.of(row(0, 1), row(2, 1)));
    writer.write(new CopyBatch(new ChunkId(TABLE, 0), 0, snapshot, snapshot, 0, rows));
    writer.write(mark(7, new Lsn("binlog.000001", 6, 1, 1)));
    writer.flush();
    assertThat(target.rows()).containsOnly(Map.entry(name(0), 1), Map.entry(name(2), 2));
    assertThat(target.conflicts()).containsExactly("NOT_OWNER binlog.000001:6+1.1");
  }

  @Test
  void theTargetIsAsOldAsItSaysUntilSomethingComesThrough() {
    MemoryTarget target = new MemoryTarget();
    target.isAsOf(5_000, 4_000);
    WriterMetrics metrics = new WriterMetrics();
    metrics.expect(7_000, true);
    assertThat(metrics.freshMillis()).isEqualTo(7_000);
    ApplyWriter writer =
        new ApplyWriter(
            WriterOptions.of("s", 0, 1),
            target.open(),
            table -> MAPPING,
            metrics,
            Clock.systemUTC());
    assertThat(metrics.freshMillis()).isEqualTo(5_000);
    assertThat(metrics.heartbeatMillis()).isEqualTo(4_000);
    writer.write(
        new PositionMark(
            0, Lsn.boundary("binlog.000001", 4), Lsn.START, true, 9_000, 8_000, false));
    writer.flush();
    assertThat(metrics.freshMillis()).isEqualTo(9_000);
    assertThat(metrics.heartbeatMillis()).isEqualTo(8_000);
  }

  private static PositionMark mark(long position, Lsn previous) {
    return new PositionMark(0, Lsn.boundary("binlog.000001", position), previous, true, 0);
  }

  private static ChangeEvent update(long position, Row before, Row after, Lsn previous) {
    int lane = Lanes.ofKey(SCHEMA, SCHEMA.keyIndexes(), before);
    Lsn lsn = new Lsn("binlog.000001", position, 1, 1);
    return new ChangeEvent(TABLE, lane, Op.UPDATE, before, after, lsn, previous, 1_000);
  }

  @Test
  void gapStopsTheStreamNamingBothPlaces() {
    Source source = new Source(new Random(1), 4);
    Attempt attempt = new Attempt(source, new MemoryTarget(), new Random(2), 1, 0);
    for (int i = 0; i < 3; i++) {
      source.change();
      attempt.readBinlog();
    }
    ApplyWriter writer = attempt.writer.get(0);
    writer.write(attempt.changes.get(0).poll());
    attempt.changes.get(0).poll();
    assertThatThrownBy(() -> writer.write(attempt.changes.get(0).poll()))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("PI-2011")
        .hasMessageContaining("binlog.000001:2+1.1")
        .hasMessageContaining("binlog.000001:1+1.1");
  }

  @Test
  void targetOlderThanTheStreamIsRefused() {
    Source source = new Source(new Random(1), 4);
    for (int i = 0; i < 6; i++) {
      source.change();
    }
    Attempt attempt = new Attempt(source, new MemoryTarget(), new Random(2), 1, 5);
    attempt.readBinlog();
    assertThatThrownBy(() -> attempt.deliverChange(0))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("PI-3008");
  }
}
