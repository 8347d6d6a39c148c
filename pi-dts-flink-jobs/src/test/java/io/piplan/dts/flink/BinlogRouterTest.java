package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.loopback.Verdict.Action;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class BinlogRouterTest {
  private static final String FILE = "binlog.000001";
  private static final int WRITERS = 4;
  private static final TableId SPREAD = new TableId("shop", "spread");
  private static final TableId TOGETHER = new TableId("shop", "together");

  private static TableSchema schema(TableId id) {
    List<Column> columns =
        List.of(
            Column.of("k", ColumnType.VARCHAR, "varchar(20)", false),
            Column.of("v", ColumnType.INT, "int", true));
    List<UniqueKey> unique = new ArrayList<>(List.of(new UniqueKey("PRIMARY", List.of("k"))));
    if (id.equals(TOGETHER)) {
      unique.add(new UniqueKey("v", List.of("v")));
    }
    return new TableSchema(id, columns, List.of("k"), unique, List.of(), "");
  }

  private static OneInputStreamOperatorTestHarness<StreamElement, StreamElement> harness(
      boolean transactionMarks) throws Exception {
    BinlogRouter router =
        new BinlogRouter(
            "test",
            WRITERS,
            LaneAssigner.of(List.of(schema(SPREAD), schema(TOGETHER))),
            BinlogRouterTest::schema,
            (schema, change) -> judge(change),
            transactionMarks);
    OneInputStreamOperatorTestHarness<StreamElement, StreamElement> harness =
        new OneInputStreamOperatorTestHarness<>(router, new StreamElementSerializer());
    harness.setup(new StreamElementSerializer());
    return harness;
  }

  private static Action judge(ChangeEvent change) {
    String key = change.after() == null ? "" : change.after().text(0);
    return switch (key) {
      case "drop" -> Action.KEEP;
      case "conflict" -> Action.CONFLICT;
      default -> Action.SEND;
    };
  }

  private static Lsn row(long position, long row) {
    return new Lsn(FILE, position, 1, row);
  }

  private static ChangeEvent insert(TableId table, String key, Lsn lsn) {
    return new ChangeEvent(table, 0, Op.INSERT, null, Row.of(key, "1"), lsn, Lsn.START, 0);
  }

  private static ChangeEvent update(TableId table, String from, String to, Lsn lsn) {
    return new ChangeEvent(
        table, 0, Op.UPDATE, Row.of(from, "1"), Row.of(to, "2"), lsn, Lsn.START, 0);
  }

  private static PositionMark end(long position) {
    return new PositionMark(0, Lsn.boundary(FILE, position), Lsn.START, true, 7);
  }

  private static PositionMark quiet(long position) {
    return end(position).withQuiet(true);
  }

  /** Each element's predecessor is the one before it to the same writer, beginning at a place. */
  private static void assertChained(List<StreamElement> elements, Lsn beginning) {
    Map<Integer, Lsn> last = new HashMap<>();
    for (StreamElement element : elements) {
      int writer = WriterPartitioner.writer(element, WRITERS);
      boolean change = element instanceof ChangeEvent;
      Lsn previous =
          change ? ((ChangeEvent) element).previous() : ((PositionMark) element).previous();
      Lsn lsn = change ? ((ChangeEvent) element).lsn() : ((PositionMark) element).lsn();
      assertThat(previous).isEqualTo(last.getOrDefault(writer, beginning));
      assertThat(lsn).isGreaterThanOrEqualTo(previous);
      last.put(writer, lsn);
    }
  }

  private static List<ChangeEvent> changes(List<StreamElement> elements) {
    return BinlogTap.changes(elements);
  }

  @Test
  void everyWriterGetsAnUnbrokenChainAndTheMarks() throws Exception {
    try (var harness = harness(true)) {
      harness.open();
      for (int i = 0; i < 100; i++) {
        harness.processElement(insert(SPREAD, "k" + i, row(100 + i, 2)), 0);
        harness.processElement(end(101 + i), 0);
      }
      List<StreamElement> out = harness.extractOutputValues();
      assertThat(changes(out)).hasSize(100);
      assertThat(out).hasSize(100 + 100 * WRITERS);
      assertChained(out, Lsn.START);
    }
  }

  @Test
  void marksAreThinnedOutAndTheLastOneComes() throws Exception {
    try (var harness = harness(false)) {
      harness.open();
      harness.setProcessingTime(1000);
      for (int i = 0; i < 50; i++) {
        harness.processElement(end(100 + i), 0);
      }
      assertThat(harness.extractOutputValues()).hasSize(WRITERS);
      harness.setProcessingTime(1020);
      List<StreamElement> out = harness.extractOutputValues();
      assertThat(out).hasSize(2 * WRITERS);
      assertThat(((PositionMark) out.get(out.size() - 1)).lsn()).isEqualTo(Lsn.boundary(FILE, 149));
      assertChained(out, Lsn.START);
    }
  }

  @Test
  void aConflictStaysWholeThoughItsKeyIsAnother() throws Exception {
    try (var harness = harness(true)) {
      harness.open();
      harness.processElement(update(SPREAD, "a", "conflict", row(100, 2)), 0);
      List<ChangeEvent> changes = changes(harness.extractOutputValues());
      assertThat(changes).hasSize(1);
      assertThat(changes.get(0).op()).isEqualTo(Op.UPDATE);
      assertThat(changes.get(0).before().text(0)).isEqualTo("a");
      assertThat(changes.get(0).after().text(0)).isEqualTo("conflict");
    }
  }

  @Test
  void anotherKeyIsADeleteAndAnInsert() throws Exception {
    try (var harness = harness(true)) {
      harness.open();
      harness.processElement(update(SPREAD, "a", "b", row(100, 4)), 0);
      List<ChangeEvent> out = changes(harness.extractOutputValues());
      assertThat(out).extracting(ChangeEvent::op).containsExactly(Op.DELETE, Op.INSERT);
      assertThat(out).extracting(ChangeEvent::lsn).containsExactly(row(100, 4), row(100, 5));
      assertChained(harness.extractOutputValues(), Lsn.START);
    }
  }

  @Test
  void anotherSpellingOrATableInOneLaneStaysAnUpdate() throws Exception {
    try (var harness = harness(true)) {
      harness.open();
      harness.processElement(update(SPREAD, "straße", "STRASSE", row(100, 2)), 0);
      harness.processElement(update(SPREAD, "é", "E ", row(100, 4)), 0);
      harness.processElement(update(TOGETHER, "a", "b", row(100, 6)), 0);
      assertThat(changes(harness.extractOutputValues()))
          .extracting(ChangeEvent::op)
          .containsOnly(Op.UPDATE);
    }
  }

  @Test
  void whatTheFilterTakesOutLeavesNoGap() throws Exception {
    try (var harness = harness(true)) {
      harness.open();
      harness.processElement(insert(TOGETHER, "a", row(100, 2)), 0);
      harness.processElement(insert(TOGETHER, "drop", row(100, 4)), 0);
      harness.processElement(insert(TOGETHER, "b", row(100, 6)), 0);
      assertThat(changes(harness.extractOutputValues())).hasSize(2);
      assertChained(harness.extractOutputValues(), Lsn.START);
    }
  }

  @Test
  void afterARestoreTheChainBeginsWhereTheSourceGoesOn() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness(false)) {
      harness.open();
      harness.processElement(end(100), 0);
      harness.processElement(insert(SPREAD, "a", row(100, 2)), 0);
      harness.prepareSnapshotPreBarrier(1);
      state = harness.snapshot(1, 0);
      assertChained(harness.extractOutputValues(), Lsn.START);
    }
    try (var harness = harness(false)) {
      harness.initializeState(state);
      harness.open();
      harness.processElement(insert(SPREAD, "a", row(100, 2)), 0);
      harness.processElement(end(200), 0);
      assertChained(harness.extractOutputValues(), Lsn.boundary(FILE, 100));
    }
  }

  @Test
  void eachCheckpointTellsEveryWriterThePosition() throws Exception {
    try (var harness = harness(false)) {
      harness.open();
      harness.setProcessingTime(1000);
      harness.processElement(end(100), 0);
      harness.processElement(end(200), 0);
      harness.prepareSnapshotPreBarrier(1);
      List<StreamElement> out = harness.extractOutputValues();
      assertThat(out).hasSize(2 * WRITERS);
      assertThat(((PositionMark) out.get(out.size() - 1)).lsn()).isEqualTo(Lsn.boundary(FILE, 200));
    }
  }

  /**
   * A busy writer is told by a later mark, since the one with the heartbeat came too late for it.
   */
  @Test
  void everyWriterHearsOfAHeartbeatOnce() throws Exception {
    try (var harness = harness(false)) {
      harness.open();
      harness.setProcessingTime(1000);
      harness.processElement(end(100), 0);
      harness.processElement(
          new PositionMark(0, Lsn.boundary(FILE, 200), Lsn.START, true, 7, 4711), 0);
      harness.processElement(insert(SPREAD, "a", row(200, 2)), 0);
      harness.setProcessingTime(1020);
      harness.processElement(end(300), 0);
      harness.setProcessingTime(1060);
      harness.processElement(end(400), 0);
      Map<Integer, List<Long>> heard = new HashMap<>();
      for (StreamElement element : harness.extractOutputValues()) {
        if (element instanceof PositionMark mark && mark.heartbeatMillis() != 0) {
          heard
              .computeIfAbsent(mark.writer(), writer -> new ArrayList<>())
              .add(mark.heartbeatMillis());
        }
      }
      assertThat(heard.keySet()).hasSize(WRITERS);
      assertThat(heard.values()).allMatch(beats -> beats.equals(List.of(4711L)));
      assertChained(harness.extractOutputValues(), Lsn.START);
    }
  }

  /** A restore goes on where there was something to store, and no such place is hidden. */
  @Test
  void quietMarksMoveNoRestoreAndHideNoOtherMark() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness(false)) {
      harness.open();
      harness.setProcessingTime(1000);
      harness.processElement(end(100), 0);
      harness.processElement(end(200), 0);
      harness.processElement(quiet(300), 0);
      harness.setProcessingTime(2000);
      List<PositionMark> marks =
          harness.extractOutputValues().stream().map(PositionMark.class::cast).toList();
      assertThat(marks.get(marks.size() - 1).lsn()).isEqualTo(Lsn.boundary(FILE, 300));
      assertThat(marks.get(marks.size() - 1).quiet()).isFalse();
      harness.processElement(quiet(400), 0);
      harness.setProcessingTime(3000);
      List<StreamElement> out = harness.extractOutputValues();
      assertThat(((PositionMark) out.get(out.size() - 1)).quiet()).isTrue();
      state = harness.snapshot(1, 1);
    }
    try (var harness = harness(false)) {
      harness.initializeState(state);
      harness.open();
      harness.processElement(insert(SPREAD, "a", row(500, 2)), 0);
      assertThat(((ChangeEvent) harness.extractOutputValues().get(0)).previous())
          .isEqualTo(Lsn.boundary(FILE, 200));
    }
  }
}
