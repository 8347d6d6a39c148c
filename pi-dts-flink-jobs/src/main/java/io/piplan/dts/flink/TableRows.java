package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.copy.Chunk;
import io.piplan.dts.copy.ChunkPlanner;
import io.piplan.dts.copy.ChunkReader;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.RateLimit;
import io.piplan.dts.copy.RowRouter;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.LiveSchemaProvider;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

/**
 * The rows of the tables that one scan of Flink's planner reads: copied rows put in their place
 * among the changes of a {@link BinlogSource}. Chained to it, with parallelism 1.
 *
 * <p>A chunk read at boundary S is handed on when the binlog has reached S, before the first change
 * behind it, so that per key everything is in order. How the changes before S are treated depends
 * on who reads:
 *
 * <ul>
 *   <li>With positions ({@code pi_lsn}) rows end in a writer that upserts: all changes are handed
 *       on, and a copied row may say again what a change said. Tables are read in chunks. After a
 *       failure chunks are read again and no row that was deleted meanwhile stays behind, as its
 *       deletion is among the changes.
 *   <li>Without, Flink may count rows, so each must come once: the table is read in one piece,
 *       between two checkpoints, and changes before S, which it holds already, are dropped. So it
 *       is for tables without a key too.
 * </ul>
 */
public final class TableRows extends AbstractStreamOperator<RowData>
    implements OneInputStreamOperator<StreamElement, RowData> {
  private static final int CHUNK_ROWS = 8_192;
  private static final long RETRY_MILLIS = 50;

  private final MySqlServer server;
  private final LinkedHashMap<TableId, ChangeRows> converters;
  private final boolean positions;
  private final boolean copy;
  private final LiveSchemaProvider schemas;

  private transient Map<TableId, TableCopyState> copies;
  private transient ListState<byte[]> storedCopies;
  private transient ListState<String> storedPosition;
  private transient ChunkReader reader;
  private transient List<StreamElement> held;
  private transient Chunk heldChunk;
  private transient Lsn position;
  private transient Lsn lastChange;

  /**
   * @param converters of each table to read
   * @param positions whether the rows carry their position and are written by it
   * @param copy whether what the tables hold comes first
   */
  public TableRows(
      MySqlServer server, Map<TableId, ChangeRows> converters, boolean positions, boolean copy) {
    this.server = server;
    this.converters = new LinkedHashMap<>(converters);
    this.positions = positions;
    this.copy = copy;
    this.schemas = new LiveSchemaProvider(server, Map.of());
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    storedCopies =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("copies", BytePrimitiveArraySerializer.INSTANCE));
    storedPosition =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("position", StringSerializer.INSTANCE));
    lastChange = Lsn.START;
    copies = new LinkedHashMap<>();
    for (TableId table : converters.keySet()) {
      TableCopyState begin = TableCopyState.begin(table);
      copies.put(table, copy ? begin : begin.whole(Lsn.START));
    }
    for (byte[] stored : storedCopies.get()) {
      TableCopyState state = TableCopyState.decode(stored);
      copies.replace(state.table(), state);
    }
    for (String stored : storedPosition.get()) {
      lastChange = LsnText.decode(stored);
    }
    position = lastChange;
  }

  @Override
  public void open() throws Exception {
    super.open();
    later(0);
  }

  @Override
  public void processElement(StreamRecord<StreamElement> element) {
    try {
      if (element.getValue() instanceof ChangeEvent change) {
        change(change);
      } else if (element.getValue() instanceof PositionMark mark) {
        position = Lsn.max(position, mark.lsn());
        release();
      }
    } catch (RuntimeException e) {
      throw Failures.of(e);
    }
  }

  private void change(ChangeEvent change) {
    // After a restore the source sends the transaction it was in from its beginning.
    if (change.lsn().isAtOrBefore(lastChange)) {
      return;
    }
    lastChange = change.lsn();
    position = Lsn.max(position, change.lsn());
    release();
    TableCopyState state = copies.get(change.table());
    if (state == null) {
      return;
    }
    if (!inChunks(change.table()) && !(state.done() && change.lsn().isAfter(state.from()))) {
      return;
    }
    Row row = change.keyRow();
    converter(change.table(), row.size()).change(change, this::emit);
  }

  private void emit(RowData row) {
    output.collect(new StreamRecord<>(row));
  }

  private boolean inChunks(TableId table) {
    return positions && !converters.get(table).schema().key().isEmpty();
  }

  private ChangeRows converter(TableId table, int columns) {
    ChangeRows converter = converters.get(table);
    if (converter.schema().columns().size() != columns) {
      schemas.forget(table);
      converter = converter.with(schemas.schema(table));
      converters.put(table, converter);
    }
    return converter;
  }

  /** Reads the next chunk, as long as there is one and none waits for the binlog. */
  private void readNext() {
    Optional<TableCopyState> next = copies.values().stream().filter(s -> !s.done()).findFirst();
    if (next.isEmpty()) {
      closeReader();
      return;
    }
    try {
      TableId table = next.get().table();
      schemas.forget(table);
      TableSchema schema = schemas.schema(table);
      if (inChunks(table)) {
        readChunk(next.get(), schema);
      } else {
        readWhole(next.get(), schema);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading", e);
    }
  }

  private void readChunk(TableCopyState state, TableSchema schema) throws InterruptedException {
    Chunk chunk = plan(state, schema);
    open(chunk, schema);
    List<StreamElement> read = new ArrayList<>();
    for (Optional<StreamElement> e = reader.next(); e.isPresent(); e = reader.next()) {
      read.add(e.get());
    }
    if (boundary(read.get(0)).compareTo(position) < 0) {
      // The server shows a transaction in its binlog shortly before it shows it in its tables.
      later(RETRY_MILLIS);
      return;
    }
    held = read;
    heldChunk = chunk;
    release();
  }

  private Chunk plan(TableCopyState state, TableSchema schema) {
    try (Connection connection = server.connect(Side.SOURCE)) {
      ChunkPlanner planner = new ChunkPlanner(connection, schema, CHUNK_ROWS);
      return state.last().isEmpty()
          ? planner.first(0)
          : planner.after(state.last().get(), state.last().get().id().number() + 1);
    } catch (SQLException e) {
      // Only closing is left to fail; what was planned is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }

  private void readWhole(TableCopyState state, TableSchema schema) throws InterruptedException {
    Chunk whole =
        new Chunk(new io.piplan.dts.ChunkId(state.table(), 0), Optional.empty(), Optional.empty());
    open(whole, schema);
    for (Optional<StreamElement> e = reader.next(); e.isPresent(); e = reader.next()) {
      Lsn snapshot = boundary(e.get());
      if (snapshot.compareTo(position) < 0) {
        closeReader();
        later(RETRY_MILLIS);
        return;
      }
      emitCopied(e.get());
      state = state.whole(snapshot);
    }
    copies.replace(state.table(), state);
    later(0);
  }

  private void open(Chunk chunk, TableSchema schema) {
    if (reader == null) {
      reader = new ChunkReader(server, Duration.ZERO, RateLimit.NONE);
    }
    reader.open(
        chunk, CopiedTable.of(schema), new RowRouter(schema, LaneAssigner.of(List.of(schema)), 1));
  }

  private static Lsn boundary(StreamElement element) {
    return element instanceof CopyBatch batch
        ? batch.snapshotEnd()
        : ((CopyEnd) element).snapshotEnd();
  }

  /** Hands the chunk on that waits, once the binlog has reached its boundary. */
  private void release() {
    if (held == null || boundary(held.get(0)).isAfter(position)) {
      return;
    }
    List<StreamElement> released = held;
    held = null;
    released.forEach(this::emitCopied);
    copies.computeIfPresent(heldChunk.id().table(), (table, state) -> state.copied(heldChunk));
    later(0);
  }

  private void emitCopied(StreamElement element) {
    if (element instanceof CopyBatch batch && batch.rows() > 0) {
      ChangeRows converter = converter(batch.chunk().table(), batch.columns());
      for (Row row : batch.unpack()) {
        emit(converter.copied(row, batch.snapshot()));
      }
    }
  }

  /** In a mail of its own, so that changes and checkpoints come in between. */
  private void later(long millis) {
    // A failure in the action fails the task: the service sees to that, not the future.
    var unused =
        getProcessingTimeService()
            .registerTimer(
                getProcessingTimeService().getCurrentProcessingTime() + millis,
                time -> {
                  try {
                    readNext();
                  } catch (RuntimeException e) {
                    throw Failures.of(e);
                  }
                });
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<byte[]> encoded = new ArrayList<>();
    for (TableCopyState state : copies.values()) {
      encoded.add(state.encode());
    }
    storedCopies.update(encoded);
    storedPosition.update(List.of(LsnText.encode(lastChange)));
  }

  private void closeReader() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }

  @Override
  public void close() throws Exception {
    closeReader();
    super.close();
  }
}
