package io.piplan.proxy.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.Handshake;
import io.piplan.proxy.protocol.ResponseWalker;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A connection to a data node after its login: one command at a time. Only for its event loop's
 * thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
public final class NodeConnection extends ChannelInboundHandlerAdapter {
  private final Channel channel;
  private final NodeAddress node;
  private final WireShape shape;
  private final Handshake handshake;
  private ByteBuf kept = Unpooled.EMPTY_BUFFER;
  private Reply reply;
  private ResponseWalker walker;
  private Runnable writable = () -> {};
  private Runnable lost = () -> {};
  private boolean answeredBefore;
  private final Deque<Expected> later = new ArrayDeque<>();
  private final KnownStatements statements = new KnownStatements(this);
  private boolean gone;
  private boolean gathers;

  /** The response to a command that was sent before the one before was answered. */
  private record Expected(ResponseWalker.Kind kind, Reply to) {}

  // What the pool knows about it.
  SessionSettings settings = SessionSettings.NONE;
  String schema;
  boolean dirty;
  NodeUser user;
  long usedAt;
  boolean forgotten;

  /** How many KILLs of what it runs are not answered yet. */
  int kills;

  /** It would be idle, but a KILL could still reach it. */
  boolean waitsForKill;

  NodeConnection(Channel channel, NodeAddress node, WireShape shape, Handshake handshake) {
    this.channel = channel;
    this.node = node;
    this.shape = shape;
    this.handshake = handshake;
  }

  public WireShape shape() {
    return shape;
  }

  public Handshake handshake() {
    return handshake;
  }

  public NodeAddress node() {
    return node;
  }

  public boolean isBusy() {
    return reply != null;
  }

  /** Who waits for the response that comes next; null if nobody does. */
  Reply awaited() {
    return reply;
  }

  /** Whether a KILL is on its way that was meant for what ran here. */
  public boolean isBeingKilled() {
    return kills > 0;
  }

  public boolean isOpen() {
    return !gone;
  }

  public boolean isWritable() {
    return channel.isWritable();
  }

  /** What the pool does when the connection is gone; before the user hears of it. */
  void whenLost(Runnable action) {
    lost = action;
  }

  /** Who is told when it is taken away from him while it is idle. */
  public void belongsTo(NodeUser owner) {
    user = owner;
  }

  /** What its user has made of it. */
  public void nowHas(SessionSettings settings, String schema) {
    this.settings = settings;
    this.schema = schema;
  }

  /** Whether it is as its user has left it, with these settings. */
  public boolean hasSettings(SessionSettings wanted) {
    return !dirty && settings.equals(wanted);
  }

  /** Ends it; who waits for a response is told. */
  public void end(String why) {
    lose(why);
  }

  /** Runs a short statement of the proxy's own. */
  public void run(
      String sql,
      Runnable succeeded,
      java.util.function.Consumer<io.piplan.proxy.protocol.ErrPacket> refused) {
    send(query(sql), ResponseWalker.Kind.RESULTS, new Collected(succeeded, refused));
  }

  /** A statement as a command. */
  public ByteBuf query(String sql) {
    return Preparation.query(this, sql);
  }

  /** A statement to be prepared as a command. */
  public ByteBuf prepare(String sql) {
    return Preparation.prepare(this, sql);
  }

  public ByteBuf allocate(int size) {
    return channel.alloc().buffer(size);
  }

  /** Run when the connection takes bytes again after it didn't. */
  public void onWritable(Runnable action) {
    writable = action;
  }

  /** Stops or goes on to read: how a slow client holds back its data node. */
  public void read(boolean wanted) {
    channel.config().setAutoRead(wanted);
  }

  /** Sends a command as it came from the client, with its headers; takes over the bytes. */
  public void send(ByteBuf raw, ResponseWalker.Kind kind, Reply to) {
    if (gone) {
      raw.release();
      to.lost("the connection is closed", true, 0);
      return;
    }
    if (reply != null) {
      raw.release();
      throw new IllegalStateException("a command is running on this connection to " + node);
    }
    reply = to;
    walker = new ResponseWalker(kind, shape.capabilities());
    to.begins(walker);
    write(raw);
  }

  /**
   * Sends a command without waiting for the response to the one before; takes over the bytes. The
   * one before must send nothing when it is answered.
   */
  public void sendLater(ByteBuf raw, ResponseWalker.Kind kind, Reply to) {
    if (reply == null) {
      send(raw, kind, to);
      return;
    }
    later.add(new Expected(kind, to));
    write(raw);
  }

  /** What is sent meanwhile goes to the node in one piece. */
  public void together(Runnable sends) {
    gathers = true;
    try {
      sends.run();
    } finally {
      gathers = false;
      channel.flush();
    }
  }

  private void write(ByteBuf raw) {
    if (gathers) {
      channel.write(raw);
    } else {
      channel.writeAndFlush(raw);
    }
  }

  /** The statements that are prepared on this connection. */
  public KnownStatements statements() {
    return statements;
  }

  /** Sends what has no response, or more of what is on its way. */
  public void sendMore(ByteBuf raw) {
    if (gone) {
      raw.release();
    } else {
      channel.writeAndFlush(raw);
    }
  }

  /** The client's file is sent; the response goes on. */
  public void fileSent() {
    walker.fileSent();
  }

  /** Ends it; who waits for a response isn't told. */
  public void close() {
    reply = null;
    later.clear();
    gone = true;
    channel.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (kept.isReadable()) {
      bytes = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), kept, bytes);
    } else {
      kept.release();
    }
    kept = Unpooled.EMPTY_BUFFER;
    take(bytes);
    while (kept.isReadable() && !gone && answeredBefore) {
      // What is kept begins the response to the next command.
      ByteBuf more = kept;
      kept = Unpooled.EMPTY_BUFFER;
      take(more);
    }
  }

  private void take(ByteBuf bytes) {
    answeredBefore = false;
    if (reply == null) {
      // Nobody asked: the server says that it ends the connection, by time-out or shutdown.
      bytes.release();
      lose("the server ended it");
      return;
    }
    int start = bytes.readerIndex();
    boolean done;
    try {
      done = walker.advance(bytes);
    } catch (ProxyException e) {
      bytes.release();
      lose(e.getMessage());
      return;
    }
    hand(bytes, start, done);
  }

  private void hand(ByteBuf bytes, int start, boolean done) {
    Reply to = reply;
    ResponseWalker walked = walker;
    int passed = bytes.readerIndex() - start;
    ByteBuf pass = null;
    if (bytes.isReadable()) {
      kept = bytes;
      if (passed > 0) {
        pass = bytes.retainedSlice(start, passed);
      }
    } else if (passed > 0) {
      // The buffer itself rather than a slice of it: no object is made for it.
      pass = bytes.readerIndex(start);
    } else {
      bytes.release();
    }
    if (done) {
      Expected next = later.poll();
      reply = next == null ? null : next.to();
      walker = next == null ? walked : new ResponseWalker(next.kind(), shape.capabilities());
      answeredBefore = next != null;
      if (next != null) {
        reply.begins(walker);
      }
    }
    if (pass != null && !taken(to, pass, done, walked)) {
      return;
    }
    if (done && kept.isReadable() && !answeredBefore) {
      lose("it sent " + kept.readableBytes() + " bytes after the end of a response");
      to.lost("bytes after the end of a response", false, walked.lastSequence());
    } else if (done) {
      to.done(walked);
    } else if (walked.wantsFile()) {
      to.wantsFile();
    }
  }

  /** Whether who waits could read the bytes; if not, the connection is lost to him. */
  private boolean taken(Reply to, ByteBuf pass, boolean done, ResponseWalker walked) {
    try {
      to.bytes(pass);
      return true;
    } catch (RuntimeException e) {
      String why = "its response could not be read: " + e;
      lose(why);
      if (done) {
        // It is no longer the one that is waited for.
        to.lost(why, true, walked.lastSequence());
      }
      return false;
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable()) {
      writable.run();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    lose("the server closed it");
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    kept.release();
    kept = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    lose(cause.toString());
  }

  private void lose(String why) {
    if (gone) {
      channel.close();
      return;
    }
    gone = true;
    channel.close();
    lost.run();
    Reply waiting = reply;
    reply = null;
    if (waiting != null) {
      waiting.lost(why, walker.betweenPackets() && !kept.isReadable(), walker.lastSequence());
    }
    for (Expected next = later.poll(); next != null; next = later.poll()) {
      next.to().lost(why, true, 0);
    }
    if (user != null) {
      user.connectionLost(this);
    }
  }
}
