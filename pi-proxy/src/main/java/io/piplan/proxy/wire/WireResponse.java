package io.piplan.proxy.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.piplan.dal.Column;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.node.NodeConnection.Progress;
import io.piplan.proxy.node.NodeConnection;
import io.piplan.proxy.node.Reply;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.ColumnDefinition;
import io.piplan.proxy.protocol.EofPacket;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PacketAssembler;
import io.piplan.proxy.protocol.PayloadReader;
import io.piplan.proxy.protocol.ResponseWalker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The response to one statement, taken apart on the event loop and read by a thread that waits. The
 * connection isn't read while much of it waits here.
 */
final class WireResponse implements Reply {
  private static final int MOST_WAITING = 512 * 1024;
  private static final int LONGEST_PACKET = 1 << 30;
  private static final int FILE_WANTED = 0xfb;
  private static final int FILE_PACKET = 1 << 20;

  /** What a row is worth beside its bytes, in what it costs to merge it. */
  private static final int ROW_BYTES = 64;

  /** Its first part, if there are rows. */
  record Rows(List<Column> columns) {}

  /** Some rows. */
  record Batch(List<Row> rows, int bytes) {}

  /** After the last row. */
  record End(int warnings) {}

  private final NodeConnection connection;
  private final EventLoop loop;

  /** What came together is handed over together: who waits is woken once for it. */
  private final LinkedBlockingQueue<List<Object>> parts = new LinkedBlockingQueue<>();

  /** Not handed over yet; the event loop's. */
  private final List<Object> pending = new ArrayList<>();

  /** Handed over and not asked for yet; of the thread that waits. */
  private final Deque<Object> taken = new ArrayDeque<>();

  private final PacketAssembler assembler =
      new PacketAssembler(UnpooledByteBufAllocator.DEFAULT, LONGEST_PACKET);
  private final List<Column> columns = new ArrayList<>();
  private long expected = -1;
  private boolean eofExpected;
  private boolean inRows;
  private Object end;
  private byte[] file;
  private Runnable told = () -> {};
  private long size;
  private boolean over;

  // Shared.
  private final java.util.concurrent.atomic.AtomicInteger waiting =
      new java.util.concurrent.atomic.AtomicInteger();
  private volatile boolean skips;
  private volatile boolean stopped;

  WireResponse(NodeConnection connection, EventLoop loop) {
    this.connection = connection;
    this.loop = loop;
  }

  /** If the node asks for a file, it gets these bytes. */
  void offer(byte[] bytes) {
    file = bytes;
  }

  // --- on the event loop

  /** Calls back when all of it is there, or who waits must read it to go on. */
  void whenTold(Runnable callBack) {
    told = callBack;
  }

  /**
   * How far it is, before anything of it was read.
   *
   * @param most how many bytes of rows are few
   */
  Progress progress(long most) {
    if (stopped || (over && !(end instanceof End ended && ended.warnings() == 0 && size <= most))) {
      return Progress.OTHER;
    }
    return over ? Progress.READY : Progress.WAITS;
  }

  /** When it is ready. */
  List<Column> columns() {
    return List.copyOf(columns);
  }

  @Override
  public void begins(ResponseWalker walker) {
    if (file != null) {
      walker.mayWantFile();
    }
  }

  @Override
  public void bytes(ByteBuf bytes) {
    assembler.add(bytes);
    List<Row> rows = new ArrayList<>();
    int size = 0;
    for (Packet packet = assembler.next(-1); packet != null; packet = assembler.next(-1)) {
      try {
        Row row = take(packet.payload());
        if (row != null && !skips) {
          rows.add(row);
          size += row.payload().length;
        }
      } finally {
        packet.release();
      }
    }
    if (!rows.isEmpty()) {
      pending.add(new Batch(rows, size));
      this.size += size + (long) ROW_BYTES * rows.size();
    }
    // Else its end comes at once.
    if (end == null) {
      handOver();
    }
    if (!rows.isEmpty()) {
      if (waiting.addAndGet(size) > MOST_WAITING && !stopped) {
        stopped = true;
        connection.read(false);
        handOver();
        if (skips || waiting.get() < MOST_WAITING / 2) {
          // All was taken meanwhile, by one who saw nothing stopped.
          goOn();
        }
        told.run();
      }
    }
  }

  private Row take(ByteBuf payload) {
    int first = payload.isReadable() ? payload.getUnsignedByte(payload.readerIndex()) : -1;
    if (first == ErrPacket.ERR) {
      end = ErrPacket.read(payload, StandardCharsets.UTF_8);
    } else if (expected < 0) {
      head(payload, first);
    } else if (columns.size() < expected) {
      columns.add(column(ColumnDefinition.read(payload, StandardCharsets.UTF_8)));
      if (columns.size() == expected) {
        eofExpected = !Capability.has(connection.shape().capabilities(), Capability.DEPRECATE_EOF);
        inRows = !eofExpected;
        pending.add(new Rows(List.copyOf(columns)));
      }
    } else if (eofExpected) {
      eofExpected = false;
      inRows = true;
    } else if (first == OkPacket.END_OF_ROWS && isEnd(payload)) {
      end = end(payload);
    } else if (inRows) {
      byte[] row = new byte[payload.readableBytes()];
      payload.readBytes(row);
      return Row.of(row);
    }
    return null;
  }

  private void head(ByteBuf payload, int first) {
    if (first == OkPacket.OK) {
      OkPacket ok = OkPacket.read(payload, connection.shape().capabilities());
      end = new Result.Done(ok.affectedRows(), ok.lastInsertId(), ok.warnings(), ok.info());
    } else if (first == FILE_WANTED && file != null) {
      payload.skipBytes(payload.readableBytes());
    } else {
      expected = new PayloadReader(payload, "column count").lengthEncoded();
    }
  }

  /** A row may begin with this byte too, but is long then. */
  private static boolean isEnd(ByteBuf payload) {
    return payload.readableBytes() < 0xffffff;
  }

  private Object end(ByteBuf payload) {
    int capabilities = connection.shape().capabilities();
    return new End(
        Capability.has(capabilities, Capability.DEPRECATE_EOF)
            ? OkPacket.read(payload, capabilities).warnings()
            : EofPacket.read(payload).warnings());
  }

  private static Column column(ColumnDefinition definition) {
    return new Column(
        definition.schema(),
        definition.table(),
        definition.originalTable(),
        definition.name(),
        definition.originalName(),
        definition.collation(),
        definition.length(),
        definition.type(),
        definition.flags(),
        definition.decimals());
  }

  @Override
  public void wantsFile() {
    if (file == null) {
      throw new IllegalStateException("a node asked for a file that nobody offered");
    }
    ByteBuf out = connection.allocate(file.length + 16);
    // After the question, which was the first packet of the response.
    int sequence = 2;
    for (int at = 0; at < file.length; at += FILE_PACKET) {
      ByteBuf packet = Unpooled.wrappedBuffer(file, at, Math.min(FILE_PACKET, file.length - at));
      sequence = Frames.write(out, sequence, packet);
    }
    Frames.write(out, sequence, Unpooled.EMPTY_BUFFER);
    file = null;
    connection.sendMore(out);
    connection.fileSent();
  }

  @Override
  public void done(ResponseWalker walker) {
    assembler.release();
    pending.add(end == null ? "its response ended in the middle" : end);
    handOver();
    over = true;
    told.run();
  }

  private void handOver() {
    if (!pending.isEmpty()) {
      parts.add(List.copyOf(pending));
      pending.clear();
    }
  }

  @Override
  public void lost(String why, boolean betweenPackets, int lastSequence) {
    assembler.release();
    end = null;
    pending.add(why);
    handOver();
    over = true;
    told.run();
  }

  private void goOn() {
    try {
      loop.execute(
          () -> {
            stopped = false;
            connection.read(true);
          });
    } catch (RejectedExecutionException e) {
      parts.add(List.of("the proxy shuts down"));
    }
  }

  // --- for the thread that waits

  /**
   * {@link Rows}, then {@link Batch}es and {@link End}; or a {@link Result.Done}; an {@link
   * ErrPacket} or a text, why the connection is lost, at any time.
   */
  Object next(Duration atMost) throws TimeoutException, InterruptedException {
    if (taken.isEmpty()) {
      boolean waits = !loop.inEventLoop();
      List<Object> came =
          waits ? parts.poll(atMost.toMillis(), TimeUnit.MILLISECONDS) : parts.poll();
      if (came == null && !waits) {
        throw new IllegalStateException("an event loop can't wait for what it is to read itself");
      }
      if (came == null) {
        throw new TimeoutException("nothing within " + atMost);
      }
      taken.addAll(came);
    }
    Object part = taken.remove();
    if (part instanceof Batch batch
        && waiting.addAndGet(-batch.bytes()) < MOST_WAITING / 2
        && stopped) {
      goOn();
    }
    return part;
  }

  /** Drops all that is left of it. */
  void skip(Duration atMost) throws TimeoutException, InterruptedException {
    skips = true;
    if (stopped) {
      goOn();
    }
    Object part;
    do {
      part = next(atMost);
    } while (part instanceof Batch || part instanceof Rows);
  }

  /** Drops what is left of it; false if its end has not come by then. */
  boolean isSkipped(Duration atMost) throws InterruptedException {
    try {
      skip(atMost);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }
}
