package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Source transactions applied as a whole, with checkpoints and crashes at any moment: the target
 * only ever shows states of the source, and no checkpoint is ahead of the target.
 */
class WholeTransactionsTest {
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
  private static final int TRANSACTIONS = 60;
  private static final String FILE = "binlog.000001";

  private final List<StreamElement> stream = new ArrayList<>();
  private final List<Map<String, Integer>> states = new ArrayList<>();

  /** Where a restore from here goes on, by the number of elements sent: place and element. */
  private final List<Lsn> places = new ArrayList<>();

  private final List<Integer> firstElements = new ArrayList<>();

  private void makeSource(Random random) {
    stream.clear();
    states.clear();
    places.clear();
    firstElements.clear();
    Map<String, Integer> state = new TreeMap<>();
    Lsn last = Lsn.START;
    states.add(Map.copyOf(state));
    restorable(Lsn.START, 0);
    for (int t = 0; t < TRANSACTIONS; t++) {
      // Events that nobody hears of lie between transactions.
      Lsn start = Lsn.boundary(FILE, 100 * t + 10);
      int first = stream.size();
      int rows = 1 + random.nextInt(6);
      for (int r = 1; r <= rows; r++) {
        String key = Integer.toString(random.nextInt(5));
        Lsn lsn = new Lsn(FILE, start.position(), 1, 2L * r);
        Integer before = state.get(key);
        int version = before == null ? 1 : before + 1;
        Row old = before == null ? null : Row.of(key, before.toString());
        Row row = Row.of(key, Integer.toString(version));
        Op op = before == null ? Op.INSERT : Op.UPDATE;
        stream.add(new ChangeEvent(TABLE, 0, op, old, row, lsn, last, 1));
        state.put(key, version);
        last = lsn;
        restorable(start, first);
      }
      Lsn end = Lsn.boundary(FILE, 100 * t + 90);
      stream.add(new PositionMark(0, end, last, true, 1));
      last = end;
      states.add(Map.copyOf(state));
      restorable(end, stream.size());
    }
  }

  private void restorable(Lsn place, int firstElement) {
    places.add(place);
    firstElements.add(firstElement);
  }

  private static ApplyWriter writer(MemoryTarget target) {
    MappedColumn id = new MappedColumn(0, SCHEMA.columns().get(0), "id", "int");
    MappedColumn version = new MappedColumn(1, SCHEMA.columns().get(1), "version", "int");
    TableMapping mapping =
        new TableMapping(SCHEMA, "shop", "t", List.of(id, version), List.of(id), false);
    WriterOptions options =
        new WriterOptions(
            "s",
            0,
            1,
            4,
            true,
            false,
            false,
            true,
            true,
            ZeroDates.KEEP,
            GuardOptions.OFF,
            100,
            1 << 20);
    return new ApplyWriter(
        options, target.open(), table -> mapping, new WriterMetrics(), Clock.systemUTC());
  }

  /** As the router sends it after a restore: the first element comes after the restored place. */
  private static StreamElement after(StreamElement element, Lsn place) {
    if (element instanceof ChangeEvent change) {
      return change.withRoute(0, place);
    }
    PositionMark mark = (PositionMark) element;
    return new PositionMark(0, mark.lsn(), place, mark.transactionEnd(), mark.sourceMillis());
  }

  @Property(tries = 300)
  void onlyStatesOfTheSourceAreSeen(@ForAll long seed) {
    Random random = new Random(seed);
    makeSource(random);
    MemoryTarget target = new MemoryTarget();
    ApplyWriter writer = writer(target);
    int checkpoint = 0;
    int sent = 0;
    boolean restored = false;
    int crashes = 0;
    while (sent < stream.size()) {
      switch (random.nextInt(12)) {
        case 0 -> writer.flush();
        case 1 -> {
          writer.flush();
          checkpoint = sent;
        }
        case 2 -> {
          if (crashes++ < 40) {
            writer.close();
            writer = writer(target);
            sent = firstElements.get(checkpoint);
            restored = true;
          }
        }
        default -> {
          StreamElement next = stream.get(sent++);
          writer.write(restored ? after(next, places.get(checkpoint)) : next);
          restored = false;
        }
      }
      assertThat(states).contains(Map.copyOf(target.rows()));
    }
    writer.flush();
    assertThat(target.rows()).isEqualTo(states.get(TRANSACTIONS));
  }
}
