package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.session.DalSession;
import io.piplan.proxy.node.NodeConnection;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.node.NodeUser;
import io.piplan.proxy.node.Reply;
import io.piplan.proxy.node.SessionSettings;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker;
import io.piplan.proxy.protocol.ResponseWalker.Kind;
import io.piplan.proxy.routed.RoutedClient;
import io.piplan.proxy.routed.Whole;
import io.piplan.proxy.wire.WireConnection;
import io.piplan.proxy.wire.WireNodes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Passes a session's statements on to the node that answers them whole, and its answer to the
 * client, as bytes. In a transaction on the connection that the transaction has there, else on one
 * of the pool. No thread waits. Only for its event loop's thread.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // what is scheduled catches nothing and throws nothing
final class Passage implements NodeUser {
  /** A node that answers to nothing for so long after a KILL is given up. */
  private static final long KILL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final ProxyContext proxy;
  private final Worker worker;
  private final ClientConnection client;
  private final Map<String, Kept> attached = new HashMap<>();
  private SessionSettings settings = SessionSettings.NONE;
  private Run running;
  private NodeConnection previous;
  private NodePool.Wish wish;
  private Consumer<DalException> waiting;

  /** A connection that is the session's between statements, and whose pool it is of. */
  private record Kept(NodeConnection connection, WireNodes.Node node) {
    void giveBack() {
      node.pool().goOn(connection);
      node.pool().giveBack(connection);
    }
  }

  Passage(ProxyContext proxy, Worker worker, ClientConnection client) {
    this.proxy = proxy;
    this.worker = worker;
    this.client = client;
  }

  boolean isRunning() {
    return running != null || wish != null;
  }

  boolean waitsForConnection() {
    return wish != null;
  }

  /** The node where something runs now; empty if nothing does. */
  String node() {
    return running == null ? "" : running.connection.node().name();
  }

  /** Whether no connection of this session's knows about the statement before. */
  boolean isForgotten() {
    return previous == null;
  }

  /**
   * Whether a connection of this session's still knows about the statement before. One whose
   * transaction has ended may be somebody else's.
   */
  boolean knowsPrevious(RoutedClient routed) {
    if (previous == null) {
      return false;
    }
    String name = previous.node().name();
    boolean mine =
        isAttached(name, previous)
            || (routed.session().begunOn(name) instanceof WireConnection branch
                && branch.wire() == previous);
    if (!mine) {
      previous = null;
    }
    return mine;
  }

  private boolean isAttached(String name, NodeConnection connection) {
    Kept kept = attached.get(name);
    return kept != null && kept.connection == connection;
  }

  /** Another statement was run elsewhere: no connection here knows about it. */
  void forgetPrevious() {
    previous = null;
  }

  /**
   * Outside of a transaction, on a connection of the pool.
   *
   * @param ended called when the client has its answer
   */
  void run(RoutedClient routed, Whole whole, Consumer<DalException> ended) {
    connected(
        routed,
        whole,
        ended,
        (given, nodes) -> start(new Run(routed, whole, given, nodes, ended)),
        error -> notConnected(routed, whole, error, ended));
  }

  /** The first statement of a transaction on a node: the transaction begins there before. */
  void begin(RoutedClient routed, Whole whole, Consumer<DalException> ended) {
    List<String> opening = routed.session().opening(whole.on().node());
    connected(
        routed,
        whole,
        ended,
        (given, nodes) -> {
          Run run = new Run(routed, whole, given, nodes, ended);
          running = run;
          previous = given;
          run.ahead = opening.size() == 1 && mayGoAhead(run);
          Beginning beginning = new Beginning(run, opening, nodes);
          if (run.ahead) {
            given.together(
                () -> {
                  beginning.next();
                  send(run);
                });
          } else {
            beginning.next();
          }
        },
        error -> refuse(error, ended));
  }

  /**
   * Whether nothing can come of it if the transaction could not begin: it reads, and calls nothing.
   */
  private static boolean mayGoAhead(Run run) {
    DalSession.OnNode on = run.whole.on();
    return !on.writes()
        && on.sql().indexOf('(') < 0
        && (!run.whole.isPrepared() || run.connection.statements().number(on.sql()) != null);
  }

  /** Gets a connection with the session's variables: the one it had last, or one of the pool. */
  private void connected(
      RoutedClient routed,
      Whole whole,
      Consumer<DalException> ended,
      BiConsumer<NodeConnection, WireNodes> then,
      Consumer<ErrPacket> refused) {
    previous = null;
    DalSession.OnNode on = whole.on();
    refreshSettings(routed.session().variables());
    WireNodes nodes = nodes(routed);
    WireNodes.Node node = nodes.node(on.node());
    SessionSettings needed = node.settings(settings);
    Kept mine = attached.remove(on.node());
    if (mine != null
        && mine.node.pool() == node.pool()
        && mine.connection.hasSettings(needed)
        && !mine.connection.isBeingKilled()) {
      node.pool().goOn(mine.connection);
      then.accept(mine.connection, nodes);
      return;
    }
    if (mine != null) {
      mine.giveBack();
    }
    NodePool.Request request =
        new NodePool.Request(
            NodesOfRules.shape(client.capabilities(), client.collation()),
            needed,
            node.schema(),
            this);
    AtomicBoolean answered = new AtomicBoolean();
    waiting = ended;
    NodePool.Wish asked =
        node.pool()
            .acquire(
                request,
                given -> {
                  answered.set(true);
                  wish = null;
                  then.accept(given, nodes);
                },
                error -> {
                  answered.set(true);
                  wish = null;
                  refused.accept(error);
                });
    if (!answered.get()) {
      // Else the pool has called back at once, and another wish may be under way since.
      wish = asked;
    }
  }

  private void notConnected(
      RoutedClient routed, Whole whole, ErrPacket error, Consumer<DalException> ended) {
    Optional<DalSession.OnNode> instead =
        routed.session().failed(whole.on(), WireNodes.refused(error));
    if (instead.isPresent()) {
      run(routed, whole.on(instead.get()), ended);
    } else {
      refuse(error, ended);
    }
  }

  private void refuse(ErrPacket error, Consumer<DalException> ended) {
    proxy.metrics().proxyError();
    ByteBuf out = client.channel().alloc().buffer();
    error.write(out, 1, client.charset());
    client.write(out);
    ended.accept(WireNodes.refused(error));
  }

  /**
   * Takes up the connection that was used last on a node, to ask something there; null if there is
   * none. {@link #asked} leaves it again.
   */
  NodeConnection toAsk(RoutedClient routed, String node) {
    Kept kept = attached.get(node);
    if (kept == null || kept.node.pool() != nodes(routed).node(node).pool()) {
      return null;
    }
    NodeConnection mine = kept.connection;
    if (!mine.isOpen() || mine.isBusy() || mine.isBeingKilled()) {
      return null;
    }
    kept.node.pool().goOn(mine);
    return mine;
  }

  void asked(NodeConnection connection) {
    Kept kept = attached.get(connection.node().name());
    if (connection.isOpen() && kept != null && kept.connection == connection) {
      kept.node.pool().pause(connection);
    }
  }

  SessionSettings settings(RoutedClient routed) {
    refreshSettings(routed.session().variables());
    return settings;
  }

  /** In a transaction, on its connection. */
  void run(RoutedClient routed, Whole whole, WireConnection branch, Consumer<DalException> ended) {
    if (whole.leavesTraces()) {
      branch.leaveTraces();
    }
    start(new Run(routed, whole, branch.wire(), nodes(routed), ended));
  }

  /** Those of the rules by which the statement was routed. */
  private static WireNodes nodes(RoutedClient routed) {
    return (WireNodes) routed.session().connections();
  }

  private void refreshSettings(Map<String, String> variables) {
    if (settings.settings().size() == variables.size()
        && settings.settings().stream()
            .allMatch(setting -> setting.sql().equals(sql(setting.variable(), variables)))) {
      return;
    }
    List<SessionSettings.Setting> all = new ArrayList<>();
    variables.forEach(
        (name, value) -> all.add(new SessionSettings.Setting(name, sql(name, variables), false)));
    settings = new SessionSettings(all);
  }

  private static String sql(String name, Map<String, String> variables) {
    String value = variables.get(name);
    return value == null
        ? ""
        // Bytes as chars, as settings have them.
        : new String(
            DalSession.setting(name, value).getBytes(StandardCharsets.UTF_8),
            StandardCharsets.ISO_8859_1);
  }

  private void start(Run run) {
    running = run;
    previous = run.connection;
    send(run);
  }

  private static void send(Run run) {
    if (!run.whole.isPrepared()) {
      sendCommand(run, run.connection.query(run.whole.on().sql()));
      return;
    }
    String sql = run.whole.on().sql();
    Integer number = run.connection.statements().number(sql);
    if (number == null) {
      run.connection.send(run.connection.prepare(sql), Kind.PREPARE, new Preparing(run));
    } else {
      execute(run, number);
    }
  }

  private static void sendCommand(Run run, ByteBuf out) {
    if (run.ahead) {
      run.connection.sendLater(out, Kind.RESULTS, run);
    } else {
      run.connection.send(out, Kind.RESULTS, run);
    }
  }

  private static void execute(Run run, int number) {
    ByteBuf out = run.connection.allocate(256);
    run.whole.writeExecution(out, number);
    sendCommand(run, out);
  }

  /** Asks the connection that ran the statement before, e.g. SHOW WARNINGS. */
  void ask(RoutedClient routed, Packet packet, BiConsumer<DalSession.OnNode, DalException> ended) {
    NodeConnection asked = previous;
    String name = asked.node().name();
    WireNodes nodes = nodes(routed);
    if (isAttached(name, asked)) {
      attached.remove(name).node.pool().goOn(asked);
    }
    DalSession.OnNode on =
        new DalSession.OnNode(name, name, "SHOW WARNINGS", false, routed.inTransaction());
    running =
        new Run(routed, new Whole(on, null), asked, nodes, failure -> ended.accept(on, failure));
    packet.payload().release();
    asked.send(packet.raw(), Kind.RESULTS, running);
  }

  /** Stops what runs. */
  void kill(Consumer<ErrPacket> answer) {
    if (wish != null) {
      wish.cancel();
      wish = null;
      refuse(
          new ErrPacket(
              DalError.KILLED.mysqlNumber(),
              DalError.KILLED.sqlState(),
              "Query execution was interrupted"),
          waiting);
      answer.accept(null);
      return;
    }
    Run stopped = running;
    stopped.node.pool().kill(stopped.connection, "KILL QUERY", () -> answer.accept(null), answer);
  }

  /** The client takes bytes again after it didn't. */
  void clientTakesMore() {
    if (running != null) {
      running.clientTakesMore();
    }
  }

  /** Called about once a second. */
  void checkTime(long now) {
    Run run = running;
    if (run == null) {
      return;
    }
    if (run.heldBack) {
      // It is not the node that is waited for.
      return;
    }
    if (!run.tooLong && now - run.heardAt > run.longest) {
      run.takesTooLong(now);
      kill(refusal -> {});
    } else if (run.tooLong && now - (run.told ? run.heardAt : run.killedAt) > KILL_NANOS) {
      run.connection.end("its statement did not stop when it was killed");
    }
  }

  /** The client is gone: what runs is stopped, and read to its end. */
  void clientGone() {
    if (wish != null) {
      wish.cancel();
      wish = null;
    }
    Run left = running;
    if (left != null) {
      left.clientTakesMore();
      kill(refusal -> {});
      worker
          .loop()
          .schedule(
              () -> {
                if (running == left) {
                  left.connection.end("its client is gone, and it did not stop");
                }
              },
              10,
              TimeUnit.SECONDS);
    }
  }

  /** Gives back the connections that are kept between statements. */
  void leave() {
    previous = null;
    List<Kept> had = List.copyOf(attached.values());
    attached.clear();
    had.forEach(Kept::giveBack);
  }

  @Override
  public void connectionTaken(NodeConnection connection) {
    forget(connection);
  }

  @Override
  public void connectionLost(NodeConnection connection) {
    forget(connection);
  }

  private void forget(NodeConnection connection) {
    attached.values().removeIf(kept -> kept.connection == connection);
    if (previous == connection) {
      previous = null;
    }
  }

  /** One statement on its way. */
  private final class Run implements Reply {
    private final RoutedClient routed;
    private final Whole whole;
    private final NodeConnection connection;
    private final WireNodes.Node node;
    private final Consumer<DalException> ended;
    private final LogicalHead head;
    private final long longest;

    /** Since when the node is waited for. */
    private long heardAt = System.nanoTime();

    /** Null until it is sent. */
    private ResponseWalker walker;

    /** It was sent together with what begins the transaction. */
    private boolean ahead;

    private boolean heldBack;
    private boolean tooLong;
    private long killedAt;

    /** The client has got bytes of it. */
    private boolean told;

    /** The client must not get any: the time is over. */
    private boolean dropped;

    /** The error that is the whole response, as far as it has come; the client has none of it. */
    private ByteBuf refusal;

    Run(
        RoutedClient routed,
        Whole whole,
        NodeConnection connection,
        WireNodes nodes,
        Consumer<DalException> ended) {
      this.routed = routed;
      this.whole = whole;
      this.connection = connection;
      this.node = nodes.node(whole.on().node());
      this.longest = nodes.statementTimeout().toNanos();
      this.ended = ended;
      this.head = new LogicalHead(routed.session().names(), worker.heads());
      if (whole.isPrepared()) {
        connection.statements().ofSessionsWith(settings(routed));
      }
    }

    @Override
    public void begins(ResponseWalker walker) {
      this.walker = walker;
      walker.tell(routed.currentStatus());
    }

    private void takesTooLong(long now) {
      tooLong = true;
      killedAt = now;
      heardAt = now;
      if (told && walker != null) {
        walker.tellTimeOut(DalError.TIME_OUT.mysqlNumber());
      }
    }

    @Override
    public void bytes(ByteBuf bytes) {
      heardAt = System.nanoTime();
      if (client.isClosed()) {
        bytes.release();
        return;
      }
      ByteBuf out = head.pass(bytes);
      if (out == null) {
        return;
      }
      if (head.isError()) {
        // Perhaps the source is asked instead, or the time is over.
        refusal =
            refusal == null
                ? out
                : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(out.alloc(), refusal, out);
        return;
      }
      if (tooLong && !told && !whole.on().writes()) {
        dropped = true;
        out.release();
        return;
      }
      // What a write has done counts, however late: it may be committed.
      told = true;
      client.write(out);
      if (!client.isWritable() && !heldBack) {
        heldBack = true;
        connection.read(false);
      }
    }

    private void clientTakesMore() {
      if (heldBack) {
        heldBack = false;
        heardAt = System.nanoTime();
        connection.read(true);
      }
    }

    @Override
    public void wantsFile() {
      throw new IllegalStateException("a node asked for a file that nobody offered");
    }

    @Override
    public void done(ResponseWalker walker) {
      head.release();
      clientTakesMore();
      running = null;
      keep();
      DalException error = walker.failed() ? nodeError(walker) : null;
      boolean stopped = error != null && walker.errorNumber() == ResponseWalker.STOPPED;
      if (tooLong && (dropped || stopped)) {
        release();
        DalException late = new DalException(DalError.TIME_OUT, tooLongText());
        if (!told) {
          tell(1, error(late));
        }
        failed(late);
      } else if (error != null) {
        proxy.metrics().nodeError();
        failed(error);
      } else {
        routed.session().answered(whole.on(), walker.lastInsertId());
        ended.accept(null);
      }
    }

    private DalException nodeError(ResponseWalker walker) {
      if (refusal == null || refusal.readableBytes() < Frames.HEADER + 3) {
        return DalException.ofNode(walker.errorNumber(), "HY000", "the result ended early", null);
      }
      ErrPacket error =
          ErrPacket.read(refusal.slice().skipBytes(Frames.HEADER), StandardCharsets.UTF_8);
      return DalException.ofNode(error.number(), error.sqlState(), error.message(), null);
    }

    /** In a transaction it may have to be rolled back, which waits: that is left to the session. */
    private void failed(DalException failure) {
      if (whole.on().inTransaction()) {
        tellRefusal();
        ended.accept(failure);
        return;
      }
      Optional<DalSession.OnNode> instead = routed.session().failed(whole.on(), failure);
      if (instead.isPresent() && refusal != null && !client.isClosed()) {
        release();
        run(routed, whole.on(instead.get()), ended);
        return;
      }
      tellRefusal();
      ended.accept(failure);
    }

    private void tellRefusal() {
      if (refusal != null && !client.isClosed()) {
        client.write(refusal);
        refusal = null;
      }
      release();
    }

    private void release() {
      if (refusal != null) {
        refusal.release();
        refusal = null;
      }
    }

    private String tooLongText() {
      return "a statement on node " + connection.node().name() + " took longer than allowed";
    }

    /** The next statement is likely to need it again. */
    private void keep() {
      if (whole.on().inTransaction()) {
        return;
      }
      if (whole.leavesTraces()) {
        forget(connection);
        node.pool().discard(connection);
        return;
      }
      connection.nowHas(node.settings(settings), node.schema());
      connection.belongsTo(Passage.this);
      Kept before = attached.put(connection.node().name(), new Kept(connection, node));
      if (before != null) {
        before.giveBack();
      }
      node.pool().pause(connection);
    }

    @Override
    public void lost(String why, boolean betweenPackets, int lastSequence) {
      running = null;
      forget(connection);
      String text =
          "the connection to node "
              + connection.node()
              + " was lost while the statement ran, and whether it took effect is not known: "
              + why
              + (routed.inTransaction() ? "; the transaction is rolled back" : "");
      DalException failure =
          tooLong
              ? new DalException(DalError.TIME_OUT, tooLongText() + "; " + text)
              : new DalException(DalError.NODE_UNREACHABLE, text);
      head.release();
      // Of an error that had come in part the client has nothing.
      release();
      if (!told && whole.on().onReplica()) {
        refusal = client.channel().alloc().buffer();
        error(failure).write(refusal, 1, client.charset());
      } else if (!told) {
        tell(1, error(failure));
      } else if (betweenPackets) {
        tell((lastSequence + 1) & 0xff, error(failure));
      } else {
        client.close();
      }
      failed(failure);
    }

    private static ErrPacket error(DalException e) {
      return new ErrPacket(e.mysqlNumber(), e.sqlState(), e.getMessage());
    }

    private void tell(int sequence, ErrPacket error) {
      if (client.isClosed()) {
        return;
      }
      proxy.metrics().proxyError();
      ByteBuf out = client.channel().alloc().buffer();
      error.write(out, sequence, client.charset());
      client.write(out);
    }
  }

  /** The statement is prepared on this connection for the first time. */
  private static final class Preparing implements Reply {
    private final Run run;
    private boolean begun;
    private boolean refused;

    Preparing(Run run) {
      this.run = run;
    }

    @Override
    public void bytes(ByteBuf bytes) {
      if (!begun && bytes.readableBytes() > Frames.HEADER) {
        refused = bytes.getUnsignedByte(bytes.readerIndex() + Frames.HEADER) == ErrPacket.ERR;
      }
      begun = true;
      if (refused) {
        run.bytes(bytes);
      } else {
        bytes.release();
      }
    }

    @Override
    public void wantsFile() {
      throw new IllegalStateException("a node asked for a file that nobody offered");
    }

    @Override
    public void done(ResponseWalker walker) {
      if (walker.failed()) {
        run.done(walker);
        return;
      }
      run.connection.statements().add(run.whole.on().sql(), walker.statementId());
      execute(run, walker.statementId());
    }

    @Override
    public void lost(String why, boolean betweenPackets, int lastSequence) {
      run.lost(why, true, 0);
    }
  }

  /** The transaction begins on a connection, then the statement runs there. */
  private final class Beginning implements Reply {
    private final Run run;
    private final Iterator<String> left;
    private final WireNodes nodes;
    private boolean begun;
    private boolean refused;

    Beginning(Run run, List<String> opening, WireNodes nodes) {
      this.run = run;
      this.left = opening.iterator();
      this.nodes = nodes;
    }

    void next() {
      run.connection.send(run.connection.query(left.next()), Kind.RESULTS, this);
    }

    @Override
    public void bytes(ByteBuf bytes) {
      if (!begun && bytes.readableBytes() > Frames.HEADER) {
        refused = bytes.getUnsignedByte(bytes.readerIndex() + Frames.HEADER) == ErrPacket.ERR;
      }
      begun = true;
      if (refused) {
        run.bytes(bytes);
      } else {
        bytes.release();
      }
    }

    @Override
    public void wantsFile() {
      throw new IllegalStateException("a node asked for a file that nobody offered");
    }

    @Override
    public void done(ResponseWalker walker) {
      if (walker.failed()) {
        // What it is in now nobody knows.
        run.node.pool().discard(run.connection);
        previous = null;
        run.done(walker);
      } else if (left.hasNext()) {
        begun = false;
        next();
      } else {
        run.routed.session().begun(nodes.taken(run.connection));
        if (run.ahead) {
          return;
        }
        if (client.isClosed()) {
          run.done(walker);
        } else {
          send(run);
        }
      }
    }

    @Override
    public void lost(String why, boolean betweenPackets, int lastSequence) {
      // What was sent behind it is told by itself.
      if (!run.ahead) {
        run.lost(why, true, 0);
      }
    }
  }
}
