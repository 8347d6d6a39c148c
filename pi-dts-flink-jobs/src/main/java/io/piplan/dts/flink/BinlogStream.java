package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import io.debezium.connector.mysql.MySqlConnection;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;
import io.piplan.dts.StreamElement;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableTracking;
import io.piplan.dts.binlog.BinlogDecoder;
import io.piplan.dts.binlog.LiveStreamTables;
import io.piplan.dts.binlog.OwnTransactions;
import io.piplan.dts.binlog.RawEvent;
import java.io.EOFException;
import java.util.List;
import java.util.Map;
import org.apache.flink.cdc.connectors.mysql.debezium.DebeziumUtils;
import org.apache.flink.cdc.connectors.mysql.debezium.reader.StoppableChangeEventSourceContext;
import org.apache.flink.cdc.connectors.mysql.debezium.task.context.StatefulTaskContext;
import org.apache.flink.cdc.connectors.mysql.source.config.MySqlSourceConfig;
import org.apache.flink.cdc.connectors.mysql.source.offset.BinlogOffset;
import org.apache.flink.cdc.connectors.mysql.source.split.MySqlBinlogSplit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the server's binlog, by way of Flink CDC's binlog task, on a thread of its own.
 * Whatever goes wrong ends up in the buffer, behind what was read before it; there is no
 * reconnecting here, Flink restarts the source at its last checkpoint.
 */
final class BinlogStream implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BinlogStream.class);
  private static final long CLOSE_MILLIS = 5_000;

  private final BinlogOptions options;
  private final StartPosition start;
  private final TableTracking.Session tracking;
  private final ElementBuffer buffer;
  private final OwnTransactions ownTransactions;
  private final StoppableChangeEventSourceContext running = new StoppableChangeEventSourceContext();
  private final Thread thread = new Thread(this::run, "pi-dts-binlog");
  private volatile StatefulTaskContext context;
  private volatile BinlogFailures failures;
  private volatile long lastSign = System.nanoTime();
  private volatile boolean closed;

  /**
   * @param tracking what follows changes of tables; null for nothing
   */
  BinlogStream(
      BinlogOptions options,
      StartPosition start,
      TableTracking.Session tracking,
      ElementBuffer buffer,
      OwnTransactions ownTransactions) {
    this.options = options;
    this.start = start;
    this.tracking = tracking;
    this.buffer = buffer;
    this.ownTransactions = ownTransactions;
    this.failures = new BinlogFailures(options.server(), "" + start);
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** The server sends heartbeats when it has nothing else: silence means that it is gone. */
  void checkAlive() {
    if (buffer.isFull()) {
      lastSign = System.nanoTime();
    } else if (System.nanoTime() - lastSign > options.silence().toNanos()) {
      fail(failures.silent(options.silence()));
    }
  }

  private void run() {
    try {
      BinlogStart from = begin();
      failures = new BinlogFailures(options.server(), from.toString());
      BinlogDecoder decoder =
          new BinlogDecoder(
              tables(),
              from.reading(options.server().timeline()),
              options.beats(),
              ownTransactions,
              this::put);
      if (from.gtidSet() == null && from.notBeforeMillis() == 0) {
        // From here on a restore knows the place even if it was "the latest" when the job began.
        put(from.mark(options.server().timeline()));
      }
      read(from, decoder);
      if (!closed) {
        fail(failures.of(new EOFException("the server ended the stream")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      fail(failures.of(e));
    }
  }

  private BinlogStart begin() {
    BinlogStart from = new BinlogStarts(options).resolve(start);
    if (tracking == null) {
      return from;
    }
    Lsn place = from.mark(options.server().timeline()).lsn();
    Lsn begun = tracking.begin(place, start.equals(options.start()));
    return begun.equals(place)
        ? from
        : new BinlogStarts(options)
            .resolve(new StartPosition.FileAndPosition(begun.fileName(), begun.position(), ""));
  }

  private StreamTables tables() {
    return tracking == null
        ? new LiveStreamTables(options.filter(), options.schemas(), options.keys())
        : tracking.tables();
  }

  private void read(BinlogStart from, BinlogDecoder decoder) throws Exception {
    MySqlSourceConfig config = new CdcConfig(options).build();
    BinaryLogClient client =
        new BinlogClient(
            options.server(), options.reader().reported(), from.mariaDb() ? from.gtidSet() : null);
    client.registerLifecycleListener(new ClientListener(() -> failures, this::fail, true));
    MySqlConnection connection = DebeziumUtils.createMySqlConnection(config);
    try (StatefulTaskContext task = new StatefulTaskContext(config, client, connection)) {
      context = task;
      MySqlBinlogSplit split =
          new MySqlBinlogSplit(
              BinlogSplit.ID, from.offset(), BinlogOffset.ofNonStopping(), List.of(), Map.of(), 0);
      task.configure(split);
      BinlogReadTask reading =
          new BinlogReadTask(
              task, split, options.server(), options.heartbeat(), event -> take(decoder, event));
      reading.execute(running, task.getMySqlPartition(), task.getOffsetContext());
    }
  }

  private void take(BinlogDecoder decoder, RawEvent event) {
    lastSign = System.nanoTime();
    if (buffer.failed()) {
      return;
    }
    try {
      decoder.accept(event);
    } catch (DtsException e) {
      fail(e);
    } catch (RuntimeException e) {
      fail(failures.of(e));
    }
  }

  private void put(StreamElement element) {
    try {
      buffer.put(element);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(DtsException failure) {
    if (!closed) {
      buffer.fail(failure);
    }
    running.stopChangeEventSource();
  }

  @Override
  public void close() throws Exception {
    closed = true;
    running.stopChangeEventSource();
    thread.interrupt();
    thread.join(CLOSE_MILLIS);
    if (thread.isAlive()) {
      LOG.warn("the binlog connection to {} does not close", options.server().address());
      StatefulTaskContext task = context;
      if (task != null) {
        task.getBinaryLogClient().disconnect();
      }
    }
  }
}
