package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * One byte that tells the kind, then the fields: small numbers as variable-length ones, names as
 * short UTF-8. Elements are immutable, so a copy is the element itself.
 */
public final class StreamElementSerializer extends TypeSerializer<StreamElement> {
  private static final int INSERT = 0;
  private static final int UPDATE = 1;
  private static final int DELETE = 2;
  private static final int MARK = 3;
  private static final int BATCH = 4;
  private static final int END = 5;
  private static final int GONE = 7;

  /** A mark with a heartbeat. Marks without one are in savepoints, as they always were. */
  private static final int BEAT = 6;

  /** Added to the kind of what says which transactions were before it. */
  private static final int WITH_GTIDS = 0x40;

  /** Flags of a mark. */
  private static final int TRANSACTION_END = 1;

  private static final int QUIET = 2;
  private static final int SCHEMA = 8;

  private transient ElementInput input;

  @Override
  public void serialize(StreamElement element, DataOutputView view) throws IOException {
    ElementOutput out = new ElementOutput(view);
    if (element instanceof ChangeEvent change) {
      write(change, out);
    } else if (element instanceof PositionMark mark) {
      write(mark, out);
    } else if (element instanceof SchemaChange change) {
      write(change, out);
    } else if (element instanceof CopyBatch batch) {
      write(batch, out);
    } else {
      write((CopyEnd) element, out);
    }
  }

  @Override
  public StreamElement deserialize(DataInputView view) throws IOException {
    if (input == null) {
      input = new ElementInput();
    }
    ElementInput in = input.on(view);
    int kind = in.u8();
    boolean gtids = (kind & WITH_GTIDS) != 0;
    return switch (kind & ~WITH_GTIDS) {
      case INSERT -> change(Op.INSERT, in, gtids);
      case UPDATE -> change(Op.UPDATE, in, gtids);
      case DELETE -> change(Op.DELETE, in, gtids);
      case MARK -> mark(in, false, gtids);
      case SCHEMA -> schemaChange(in, gtids);
      case BATCH -> batch(in, false);
      case GONE -> batch(in, true);
      case END ->
          new CopyEnd(
              chunk(in), in.varInt(), in.varInt(), in.lsn(), in.lsn(), in.varLong(), in.varInt());
      case BEAT -> mark(in, true, gtids);
      default -> throw new IOException("stream element of unknown kind " + kind);
    };
  }

  private static void write(ChangeEvent change, ElementOutput out) throws IOException {
    int kind =
        switch (change.op()) {
          case INSERT -> INSERT;
          case UPDATE -> UPDATE;
          case DELETE -> DELETE;
        };
    gtids(kind, change.gtids(), out);
    out.table(change.table());
    out.varInt(change.lane());
    out.lsn(change.lsn());
    out.lsn(change.previous());
    out.varLong(change.sourceMillis());
    if (change.before() != null) {
      out.row(change.before());
    }
    if (change.after() != null) {
      out.row(change.after());
    }
  }

  private static void gtids(int kind, String gtids, ElementOutput out) throws IOException {
    out.u8(gtids == null ? kind : kind | WITH_GTIDS);
    if (gtids != null) {
      out.text(gtids);
    }
  }

  private static ChangeEvent change(Op op, ElementInput in, boolean withGtids) throws IOException {
    String gtids = withGtids ? in.rareText() : null;
    var table = in.table();
    int lane = in.varInt();
    Lsn lsn = in.lsn();
    Lsn previous = in.lsn();
    long sourceMillis = in.varLong();
    Row before = op == Op.INSERT ? null : in.row();
    Row after = op == Op.DELETE ? null : in.row();
    return new ChangeEvent(table, lane, op, before, after, lsn, previous, sourceMillis, gtids);
  }

  private static void write(PositionMark mark, ElementOutput out) throws IOException {
    boolean beat = mark.heartbeatMillis() != 0;
    gtids(beat ? BEAT : MARK, mark.gtids(), out);
    out.varInt(mark.writer());
    out.lsn(mark.lsn());
    out.lsn(mark.previous());
    out.u8((mark.transactionEnd() ? TRANSACTION_END : 0) | (mark.quiet() ? QUIET : 0));
    out.varLong(mark.sourceMillis());
    if (beat) {
      out.varLong(mark.heartbeatMillis());
    }
  }

  private static PositionMark mark(ElementInput in, boolean beat, boolean withGtids)
      throws IOException {
    String gtids = withGtids ? in.rareText() : null;
    int writer = in.varInt();
    Lsn lsn = in.lsn();
    Lsn previous = in.lsn();
    int flags = in.u8();
    return new PositionMark(
        writer,
        lsn,
        previous,
        (flags & TRANSACTION_END) != 0,
        in.varLong(),
        beat ? in.varLong() : 0,
        (flags & QUIET) != 0,
        gtids);
  }

  private static void write(SchemaChange change, ElementOutput out) throws IOException {
    gtids(SCHEMA, change.gtids(), out);
    out.varInt(change.writer());
    out.varInt(change.tables().size());
    for (TableId table : change.tables()) {
      out.table(table);
    }
    out.lsn(change.lsn());
    out.lsn(change.previous());
    out.text(change.statement());
    out.varLong(change.sourceMillis());
  }

  private static SchemaChange schemaChange(ElementInput in, boolean withGtids) throws IOException {
    String gtids = withGtids ? in.rareText() : null;
    int writer = in.varInt();
    int count = in.varInt();
    List<TableId> tables = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      tables.add(in.table());
    }
    return new SchemaChange(writer, tables, in.lsn(), in.lsn(), in.text(), in.varLong(), gtids);
  }

  private static void write(CopyBatch batch, ElementOutput out) throws IOException {
    out.u8(batch.gone() ? GONE : BATCH);
    write(batch.chunk(), out);
    out.varInt(batch.writer());
    out.lsn(batch.snapshot());
    out.lsn(batch.snapshotEnd());
    out.varLong(batch.firstRow());
    out.varInt(batch.layout());
    out.varInt(batch.rows());
    out.varInt(batch.columns());
    out.varInt(batch.bytes());
    out.bytes(batch.packed().data());
  }

  private static CopyBatch batch(ElementInput in, boolean gone) throws IOException {
    ChunkId chunk = chunk(in);
    int writer = in.varInt();
    Lsn snapshot = in.lsn();
    Lsn snapshotEnd = in.lsn();
    long firstRow = in.varLong();
    int layout = in.varInt();
    int rows = in.varInt();
    int columns = in.varInt();
    byte[] data = in.bytes(in.varInt());
    return new CopyBatch(
        chunk,
        writer,
        snapshot,
        snapshotEnd,
        firstRow,
        new PackedRows(rows, columns, data),
        gone,
        layout);
  }

  private static void write(CopyEnd end, ElementOutput out) throws IOException {
    out.u8(END);
    write(end.chunk(), out);
    out.varInt(end.writer());
    out.varInt(end.writers());
    out.lsn(end.snapshot());
    out.lsn(end.snapshotEnd());
    out.varLong(end.rows());
    out.varInt(end.layout());
  }

  private static void write(ChunkId chunk, ElementOutput out) throws IOException {
    out.table(chunk.table());
    out.varInt(chunk.number());
  }

  private static ChunkId chunk(ElementInput in) throws IOException {
    return new ChunkId(in.table(), in.varInt());
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<StreamElement> duplicate() {
    return new StreamElementSerializer();
  }

  @Override
  public StreamElement createInstance() {
    return new PositionMark(0, Lsn.START, Lsn.START, false, 0);
  }

  @Override
  public StreamElement copy(StreamElement from) {
    return from;
  }

  @Override
  public StreamElement copy(StreamElement from, StreamElement reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public StreamElement deserialize(StreamElement reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamElementSerializer;
  }

  @Override
  public int hashCode() {
    return StreamElementSerializer.class.hashCode();
  }

  @Override
  public TypeSerializerSnapshot<StreamElement> snapshotConfiguration() {
    return new Snapshot();
  }

  /** The format has no configuration. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<StreamElement> {
    public Snapshot() {
      super(StreamElementSerializer::new);
    }
  }
}
