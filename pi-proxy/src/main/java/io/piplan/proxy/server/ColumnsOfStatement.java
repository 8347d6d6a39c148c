package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.piplan.dal.Column;
import io.piplan.dal.DalException;
import io.piplan.dal.session.DalSession;
import io.piplan.proxy.node.NodeConnection;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.node.NodeUser;
import io.piplan.proxy.node.Reply;
import io.piplan.proxy.node.SessionSettings;
import io.piplan.proxy.node.WireShape;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.ColumnDefinition;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PacketAssembler;
import io.piplan.proxy.protocol.PreparedStatement;
import io.piplan.proxy.protocol.ResponseWalker;
import io.piplan.proxy.protocol.ResponseWalker.Kind;
import io.piplan.proxy.wire.WireNodes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Asks a node which columns the rows of a statement have, by preparing it there. If the node can't
 * be asked at once, nothing is known: the execution tells. No thread waits. Only for its event
 * loop's thread.
 */
final class ColumnsOfStatement implements Reply {
  private static final int LONGEST = 1 << 20;

  private final NodeConnection connection;
  private final DalSession.Sample sample;
  private final ScheduledFuture<?> limit;
  private final Consumer<Said> told;
  private final Runnable left;
  private final PacketAssembler assembler =
      new PacketAssembler(UnpooledByteBufAllocator.DEFAULT, LONGEST);
  private final List<Column> columns = new ArrayList<>();
  private PreparedStatement prepared;
  private ErrPacket error;
  private int packets;
  private boolean broken;

  /** Syntax, and names of what isn't there: with whatever values it runs, it fails. */
  private static final Set<Integer> FINAL =
      Set.of(1052, 1054, 1064, 1066, 1109, 1110, 1136, 1146, 1222, 1241, 1248, 1305);

  /**
   * What the node says.
   *
   * @param columns none if it gives no rows, or they aren't known
   * @param error with which it refuses the statement; null if it doesn't
   */
  record Said(List<Column> columns, ErrPacket error) {
    static final Said NOTHING = new Said(List.of(), null);

    /** Whether the statement fails, and not just this way of asking. */
    boolean isRefusal() {
      return error != null && FINAL.contains(error.number());
    }
  }

  private ColumnsOfStatement(
      NodeConnection connection,
      DalSession.Sample sample,
      ScheduledFuture<?> limit,
      Consumer<Said> told,
      Runnable left) {
    this.connection = connection;
    this.sample = sample;
    this.limit = limit;
    this.told = told;
    this.left = left;
  }

  /**
   * Asks a connection that the session has.
   *
   * @param told given what is known
   * @param left called before, when the connection is no longer used here
   */
  static void ask(
      DalSession.Sample sample,
      NodeConnection connection,
      ScheduledFuture<?> limit,
      Runnable left,
      Consumer<Said> told) {
    new ColumnsOfStatement(connection, sample, limit, told, left).send();
  }

  /**
   * Asks a connection of the pool, if one is free.
   *
   * @param limited given the connection, ends it when the node is silent for too long
   * @param told given what is known; now or later
   */
  static void ask(
      DalSession.Sample sample,
      WireNodes.Node node,
      NodePool.Request request,
      Function<NodeConnection, ScheduledFuture<?>> limited,
      Consumer<Said> told) {
    NodePool.Figures now = node.pool().figures();
    if (now.waiting() > 0 || (now.idle() == 0 && now.total() >= now.maximum())) {
      told.accept(Said.NOTHING);
      return;
    }
    node.pool()
        .acquire(
            request,
            given ->
                ask(sample, given, limited.apply(given), () -> node.pool().giveBack(given), told),
            error -> told.accept(Said.NOTHING));
  }

  static NodePool.Request request(WireNodes.Node node, SessionSettings settings, WireShape shape) {
    return new NodePool.Request(shape, node.settings(settings), node.schema(), new Nobody());
  }

  private void send() {
    connection.send(connection.prepare(sample.sql()), Kind.PREPARE, this);
  }

  @Override
  public void bytes(ByteBuf bytes) {
    assembler.add(bytes);
    for (Packet packet = assembler.next(-1); packet != null; packet = assembler.next(-1)) {
      try {
        packet(packet.payload());
      } finally {
        packet.release();
      }
    }
  }

  private void packet(ByteBuf payload) {
    if (prepared == null && !broken) {
      if (payload.isReadable() && payload.getUnsignedByte(payload.readerIndex()) == 0) {
        prepared = PreparedStatement.read(payload);
      } else {
        broken = true;
        if (payload.isReadable()
            && payload.getUnsignedByte(payload.readerIndex()) == ErrPacket.ERR) {
          error = ErrPacket.read(payload, StandardCharsets.UTF_8);
        }
      }
      return;
    }
    packets++;
    boolean ends = !Capability.has(connection.shape().capabilities(), Capability.DEPRECATE_EOF);
    int parameters =
        prepared == null || prepared.parameters() == 0 ? 0 : prepared.parameters() + (ends ? 1 : 0);
    if (!broken && packets > parameters && columns.size() < prepared.columns()) {
      columns.add(column(ColumnDefinition.read(payload, StandardCharsets.UTF_8)));
    }
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
    throw new IllegalStateException("a node asked for a file that nobody offered");
  }

  @Override
  public void done(ResponseWalker walker) {
    assembler.release();
    limit.cancel(false);
    if (prepared != null) {
      ByteBuf close = Unpooled.buffer(5);
      close.writeByte(CommandCode.STMT_CLOSE.number()).writeIntLE(prepared.id());
      ByteBuf out = connection.allocate(close.readableBytes() + Frames.HEADER);
      Frames.write(out, 0, close);
      connection.sendMore(out);
    }
    left.run();
    told.accept(new Said(known(), error));
  }

  private List<Column> known() {
    if (columns.isEmpty()) {
      return List.of();
    }
    try {
      return sample.columns().apply(columns);
    } catch (DalException e) {
      return List.of();
    }
  }

  @Override
  public void lost(String why, boolean betweenPackets, int lastSequence) {
    assembler.release();
    limit.cancel(false);
    left.run();
    told.accept(Said.NOTHING);
  }

  /** It is in use until it is given back. */
  private static final class Nobody implements NodeUser {
    @Override
    public void connectionTaken(NodeConnection connection) {
      throw new IllegalStateException("a connection in use was given away");
    }

    @Override
    public void connectionLost(NodeConnection connection) {
      // Who waits for the answer is told.
    }
  }
}
