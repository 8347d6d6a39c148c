package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import java.io.IOException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

class StreamElementSerializerTest {
  private static final String STORED_MARK =
      "03000d62696e6c6f672e30303030303380280000000000000080d095ffbc31";

  @Property(tries = 300)
  void whatIsWrittenIsRead(@ForAll("elements") List<StreamElement> elements) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    StreamElementSerializer writer = new StreamElementSerializer();
    for (StreamElement element : elements) {
      writer.serialize(element, out);
    }
    StreamElementSerializer reader = new StreamElementSerializer();
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    for (StreamElement element : elements) {
      assertThat(reader.deserialize(in)).isEqualTo(element);
    }
    assertThat(in.available()).isZero();
  }

  @Property(tries = 100)
  void theCopyOfBytesIsTheSame(@ForAll("elements") List<StreamElement> elements)
      throws IOException {
    StreamElementSerializer serializer = new StreamElementSerializer();
    for (StreamElement element : elements) {
      DataOutputSerializer first = new DataOutputSerializer(64);
      serializer.serialize(element, first);
      DataOutputSerializer second = new DataOutputSerializer(64);
      serializer.copy(new DataInputDeserializer(first.getCopyOfBuffer()), second);
      assertThat(second.getCopyOfBuffer()).isEqualTo(first.getCopyOfBuffer());
    }
  }

  /** Marks without a heartbeat are in savepoints of the first release: their form stays. */
  @Example
  void theFormInSavepointsStays() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    Lsn lsn = Lsn.boundary("binlog.000003", 5120);
    new StreamElementSerializer()
        .serialize(new PositionMark(0, lsn, Lsn.START, false, 1_700_000_000_000L), out);
    assertThat(HexFormat.of().formatHex(out.getCopyOfBuffer())).isEqualTo(STORED_MARK);
  }

  @Provide
  Arbitrary<List<StreamElement>> elements() {
    return Arbitraries.oneOf(changes(), marks(), batches(), ends()).list().ofMaxSize(20);
  }

  private static Arbitrary<Lsn> lsns() {
    Arbitrary<Long> numbers = Arbitraries.longs().between(0, Long.MAX_VALUE);
    Arbitrary<String> files = Arbitraries.of("", "binlog.000001", "mysql-bin.1234567", "ü.1");
    return Arbitraries.oneOf(
        Arbitraries.just(Lsn.START),
        Combinators.combine(files, numbers, numbers, numbers).as(Lsn::new));
  }

  private static Arbitrary<TableId> tables() {
    Arbitrary<String> names =
        Arbitraries.of("shop", "orders", "表", "a`b", "x".repeat(64), "Aa", "BB");
    return Combinators.combine(names, names).as(TableId::new);
  }

  private static Arbitrary<Row> rows() {
    return Arbitraries.bytes()
        .array(byte[].class)
        .ofMaxSize(300)
        .injectNull(0.2)
        .array(byte[][].class)
        .ofMaxSize(8)
        .map(Row::new);
  }

  private static Arbitrary<StreamElement> changes() {
    Arbitrary<Long> millis = Arbitraries.longs();
    return Combinators.combine(
            tables(),
            Arbitraries.integers().between(0, 127),
            Arbitraries.of(Op.class),
            rows(),
            rows(),
            lsns(),
            lsns(),
            millis)
        .as(
            (table, lane, op, before, after, lsn, previous, time) ->
                new ChangeEvent(
                    table,
                    lane,
                    op,
                    op == Op.INSERT ? null : before,
                    op == Op.DELETE ? null : after,
                    lsn,
                    previous,
                    time));
  }

  private static Arbitrary<StreamElement> marks() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 1000),
            lsns(),
            lsns(),
            Arbitraries.of(true, false),
            Arbitraries.longs(),
            Arbitraries.oneOf(Arbitraries.just(0L), Arbitraries.longs()),
            Arbitraries.of(true, false))
        .as(PositionMark::new);
  }

  private static Arbitrary<ChunkId> chunks() {
    return Combinators.combine(tables(), Arbitraries.integers().greaterOrEqual(0)).as(ChunkId::new);
  }

  private static Arbitrary<StreamElement> batches() {
    return Combinators.combine(
            chunks(), lsns(), lsns(), Arbitraries.integers().between(0, 5), rows())
        .as(
            (chunk, from, to, rows, row) ->
                new CopyBatch(
                    chunk,
                    3,
                    from,
                    to,
                    7_000_000_000L,
                    PackedRows.of(Collections.nCopies(rows, row))));
  }

  private static Arbitrary<StreamElement> ends() {
    return Combinators.combine(chunks(), lsns(), lsns(), Arbitraries.longs().greaterOrEqual(0))
        .as((chunk, from, to, rows) -> new CopyEnd(chunk, 1, 4, from, to, rows));
  }
}
