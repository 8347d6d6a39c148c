package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.SessionFigures;
import io.piplan.proxy.admin.TransactionFigures;
import io.piplan.proxy.command.AdminStatement;
import io.piplan.proxy.command.CommandContext;
import io.piplan.proxy.command.SessionState;
import io.piplan.proxy.command.StatementScan;
import io.piplan.proxy.node.NodeConnection;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.node.NodeUser;
import io.piplan.proxy.node.Reply;
import io.piplan.proxy.node.WireShape;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.Frames;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.ResponseWalker;
import io.piplan.proxy.protocol.ResponseWalker.Kind;
import io.piplan.proxy.protocol.ServerStatus;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * One client's session: which connection to the data node it has, and what passes between the two.
 * Only for its event loop's thread, except where it says so.
 */
final class ClientSession implements Session, CommandContext, NodeUser {
  /** A node that answers to nothing for so long after a KILL is given up. */
  private static final long KILL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final ProxyContext proxy;
  private final Worker worker;
  private final ClientConnection client;
  private final SessionState state = new SessionState();
  private final long id;
  private volatile String user = "";
  private boolean admin;
  private long transactionSince;
  private NodePool.Wish wish;
  private PassThrough running;
  private NodeConnection attached;
  private NodeConnection insertIdOn;
  private boolean paused;
  private boolean hasPrevious;
  private boolean hasRun;
  private boolean heldBack;
  private boolean ended;

  ClientSession(ProxyContext proxy, Worker worker, ClientConnection client) {
    this.proxy = proxy;
    this.worker = worker;
    this.client = client;
    this.id = proxy.sessions().nextId();
    client.onWritable(() -> readNode(true));
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public Worker worker() {
    return worker;
  }

  @Override
  public String user() {
    return user;
  }

  // --- login and end

  /** The schema is tried before the client is told that it's in. */
  @Override
  public void loggedIn(ProxyUser who, String schema, Runnable told, Consumer<ErrPacket> refused) {
    leaveNode();
    state.reset();
    user = who.name();
    admin = who.admin();
    state.schema(schema);
    proxy.sessions().add(this);
    hasPrevious = false;
    hasRun = false;
    if (schema == null) {
      told.run();
      return;
    }
    acquire(
        () -> {
          settle();
          told.run();
        },
        refused);
  }

  @Override
  public void run(Packet packet) {
    proxy.commands().run(this, packet);
  }

  @Override
  public void end() {
    if (!ended) {
      ended = true;
      proxy.sessions().remove(this);
      if (wish != null) {
        wish.cancel();
      }
      leaveNode();
    }
  }

  /** What the session did there is undone, or ends with the connection. */
  private void leaveNode() {
    readNode(true);
    NodeConnection had = attached;
    running = null;
    attached = null;
    insertIdOn = null;
    if (had == null) {
      return;
    }
    if (paused) {
      worker.pool().goOn(had);
      paused = false;
    }
    if (had.isBusy()) {
      worker.pool().abandon(had);
    } else if (state.leavesTraces()) {
      worker.pool().discard(had);
    } else {
      had.nowHas(state.settings(), state.schema());
      worker.pool().giveBack(had);
    }
  }

  @Override
  public boolean mayEnd() {
    return !state.inTransaction();
  }

  // --- the connection to the node

  private void acquire(Runnable then, Consumer<ErrPacket> refused) {
    WireShape shape =
        new WireShape(client.capabilities() & Capability.SHAPES_RESPONSES, client.collation());
    NodePool.Request request = new NodePool.Request(shape, state.settings(), state.schema(), this);
    wish =
        worker
            .pool()
            .acquire(
                request,
                given -> {
                  wish = null;
                  attached = given;
                  insertIdOn = null;
                  paused = false;
                  then.run();
                },
                error -> {
                  wish = null;
                  refused.accept(error);
                });
  }

  private void onNode(Packet packet, Runnable then) {
    if (attached != null) {
      if (paused) {
        worker.pool().goOn(attached);
        paused = false;
      }
      then.run();
      return;
    }
    acquire(
        then,
        error -> {
          packet.release();
          refuse(error);
        });
  }

  /** After a command: may others have the connection while the client thinks? */
  private void settle() {
    if (attached == null || paused) {
      return;
    }
    readNode(true);
    attached.nowHas(state.settings(), state.schema());
    if (!state.leavesTraces()) {
      paused = true;
      worker.pool().pause(attached);
    }
  }

  @Override
  public void connectionTaken(NodeConnection connection) {
    if (attached == connection) {
      attached = null;
      paused = false;
      hasPrevious = false;
    }
  }

  @Override
  public void connectionLost(NodeConnection connection) {
    if (attached == connection) {
      attached = null;
      heldBack = false;
      paused = false;
      hasPrevious = false;
      if (state.keepsConnection() != null) {
        // Its transaction or its variables are gone: going on would be on false ground.
        client.close();
      }
    }
  }

  private void readNode(boolean wanted) {
    if (attached != null && heldBack == wanted) {
      heldBack = !wanted;
      attached.read(wanted);
      if (wanted && running != null) {
        running.waitsAgain();
      }
    }
  }

  // --- what commands can do

  @Override
  public SessionState state() {
    return state;
  }

  @Override
  public Charset charset() {
    return client.charset();
  }

  @Override
  public int maxPreparedStatements() {
    return proxy.config().limits().preparedStatements();
  }

  @Override
  public boolean knowsPrevious() {
    return attached != null && hasPrevious;
  }

  @Override
  public boolean hasRun() {
    return hasRun;
  }

  @Override
  public boolean knowsLastInsertId() {
    return attached != null && insertIdOn == attached;
  }

  /** Drivers leave out a SET autocommit by which, going by this, nothing would change. */
  private int status() {
    return (state.autocommit() ? ServerStatus.AUTOCOMMIT : 0)
        | (state.inTransaction() ? ServerStatus.IN_TRANSACTION : 0);
  }

  @Override
  public void ok() {
    ByteBuf out = client.channel().alloc().buffer();
    OkPacket.of(status()).write(out, 1, client.capabilities());
    answer(out);
  }

  private void answer(ByteBuf out) {
    client.write(out);
    client.commandEnded();
  }

  @Override
  public void refuse(ErrPacket error) {
    proxy.metrics().proxyError();
    ByteBuf out = client.channel().alloc().buffer();
    error.write(out, 1, charset());
    answer(out);
  }

  @Override
  public void text(String text) {
    ByteBuf out = client.channel().alloc().buffer();
    ResultWriter.text(out, text, charset());
    answer(out);
  }

  @Override
  public void rows(List<String> columns, List<List<String>> rows) {
    ByteBuf out = client.channel().alloc().buffer();
    ResultWriter.rows(out, columns, rows, charset(), client.capabilities(), status());
    answer(out);
  }

  @Override
  public void nothing() {
    settle();
    client.commandEnded();
  }

  @Override
  public void forward(Packet packet, Kind kind, After after) {
    onNode(packet, () -> send(packet, kind, after));
  }

  @Override
  public void forwardWithInsertId(Packet packet, Kind kind, After after) {
    forwardAfter(
        "SET last_insert_id = " + Long.toUnsignedString(state.lastInsertId()),
        packet,
        () -> {
          insertIdOn = attached;
          send(packet, kind, after);
        });
  }

  @Override
  public void forwardAsFirst(Packet packet, Kind kind, After after) {
    forwardAfter("DO 0", packet, () -> send(packet, kind, after));
  }

  private void forwardAfter(String sql, Packet packet, Runnable then) {
    onNode(
        packet,
        () -> {
          NodeConnection node = attached;
          AtomicBoolean late = new AtomicBoolean();
          Runnable over = endLater(node, late);
          node.run(
              sql,
              () -> {
                over.run();
                if (ended) {
                  packet.release();
                } else {
                  then.run();
                }
              },
              error -> {
                over.run();
                packet.release();
                if (ended) {
                  return;
                }
                settle();
                refuse(late.get() ? timeOut(node.node().name(), "") : error);
              });
        });
  }

  /** What is sent before a statement may take as long as it. Gives what ends the waiting. */
  private Runnable endLater(NodeConnection node, AtomicBoolean late) {
    Duration longest = proxy.config().timeouts().statement();
    if (longest == null) {
      return () -> {};
    }
    ScheduledFuture<?> limit =
        worker
            .loop()
            .schedule(
                () -> {
                  late.set(true);
                  node.end("it did not answer to what was sent before a statement");
                },
                longest.toMillis(),
                TimeUnit.MILLISECONDS);
    return () -> limit.cancel(false);
  }

  @Override
  public void forwardSilently(Packet packet) {
    packet.payload().release();
    if (attached == null) {
      packet.raw().release();
    } else {
      attached.sendMore(packet.raw());
    }
    nothing();
  }

  private void send(Packet packet, Kind kind, After after) {
    boolean loads = loadsFile(packet.payload());
    boolean reads =
        proxy.config().timeouts().statement() != null
            && kind == Kind.RESULTS
            && onlyReads(packet.payload());
    packet.payload().release();
    hasPrevious = true;
    hasRun = true;
    running = new PassThrough(kind, loads, reads, after);
    attached.send(packet.raw(), kind, running);
  }

  /** Whether the node may ask for a file of the client's. */
  private boolean loadsFile(ByteBuf payload) {
    return proxy.config().localInfile()
        && payload.isReadable()
        && payload.getByte(payload.readerIndex()) == CommandCode.QUERY.number()
        && StatementScan.of(payload, payload.readerIndex() + 1).statements().stream()
            .anyMatch(words -> words.get(0).equalsIgnoreCase("LOAD"));
  }

  /** Whether the rows of a command are all that it is about. */
  private boolean onlyReads(ByteBuf payload) {
    if (!payload.isReadable()) {
      return false;
    }
    int at = payload.readerIndex();
    int code = payload.getByte(at);
    if (code == CommandCode.QUERY.number()) {
      return StatementScan.of(payload, at + 1).onlyReads();
    }
    return code == CommandCode.STMT_EXECUTE.number()
        && payload.readableBytes() > Integer.BYTES
        && state.onlyReads(payload.getIntLE(at + 1));
  }

  @Override
  public void changeUser(Packet packet) {
    LoginPhase.changeUser(proxy, client, this, packet);
  }

  @Override
  public void resetSession() {
    leaveNode();
    String schema = state.schema();
    state.reset();
    state.schema(schema);
    ok();
  }

  @Override
  public void admin(AdminStatement statement) {
    proxy
        .admin()
        .ask(
            this,
            statement,
            (table, error) -> {
              if (ended) {
                return;
              }
              if (error != null) {
                refuse(error);
              } else if (table == null) {
                ok();
              } else {
                rows(table.columns(), table.rows());
              }
            });
  }

  @Override
  public void close() {
    client.close();
  }

  // --- KILL

  @Override
  public void kill(long session, boolean queryOnly) {
    new Kill(proxy.sessions(), this)
        .run(
            session,
            queryOnly,
            error -> {
              if (!ended && error == null) {
                ok();
              } else if (!ended) {
                refuse(error);
              }
            });
  }

  @Override
  public void killed(boolean queryOnly, boolean itself, Consumer<ErrPacket> answer) {
    if (attached != null && attached.isBusy()) {
      worker
          .pool()
          .kill(attached, queryOnly ? "KILL QUERY" : "KILL", () -> answer.accept(null), answer);
    } else {
      client.stopAside();
      answer.accept(null);
    }
    if (!queryOnly) {
      client.killed(itself);
    }
  }

  @Override
  public void checkTime(long now) {
    Duration longest = proxy.config().timeouts().statement();
    if (longest != null && running != null && !heldBack) {
      running.checkTime(now, longest.toNanos());
    }
  }

  @Override
  public Optional<TransactionFigures> transaction() {
    return state.inTransaction()
        ? Optional.of(
            new TransactionFigures(
                id,
                user,
                "",
                node(),
                client.isBusy() ? "runs" : "idle",
                TransactionFigures.seconds(transactionSince),
                ""))
        : Optional.empty();
  }

  @Override
  public String schema() {
    return state.schema();
  }

  @Override
  public String node() {
    return attached == null ? "" : attached.node().name();
  }

  @Override
  public boolean isAdmin() {
    return admin;
  }

  @Override
  public SessionFigures figures() {
    String keeps = state.keepsConnection();
    return new SessionFigures(
        id,
        user,
        client.remoteName(),
        state.schema() == null ? "" : state.schema(),
        client.isBusy() ? (wish != null ? "waits for a connection" : "runs") : "idle",
        client.seconds(),
        attached == null ? "" : attached.node().name(),
        keeps == null ? "" : keeps);
  }

  private static ErrPacket timeOut(String node, String more) {
    return ErrPacket.of(
        new ProxyException(
            ProxyError.NODE_TIME_OUT,
            "a statement on node " + node + " took longer than allowed" + more));
  }

  /** Hands a response on as it comes, and reads no faster than the client takes it. */
  private final class PassThrough implements Reply {
    private final Kind kind;
    private final boolean loads;

    /** If it takes too long, its rows are no answer. */
    private final boolean reads;

    private final After after;
    private ResponseWalker walker;

    /** Since when the node is waited for. */
    private long heardAt = System.nanoTime();

    /** The client sends a file: the node has nothing to say. */
    private boolean sendsFile;

    private boolean tooLong;

    /** The client has got bytes of it. */
    private boolean told;

    /** The client must not get any: the time is over. */
    private boolean dropped;

    PassThrough(Kind kind, boolean loads, boolean reads, After after) {
      this.kind = kind;
      this.loads = loads;
      this.reads = reads;
      this.after = after;
    }

    @Override
    public void begins(ResponseWalker walker) {
      this.walker = walker;
      if (loads) {
        walker.mayWantFile();
      }
    }

    void waitsAgain() {
      heardAt = System.nanoTime();
    }

    /**
     * Stops it if nothing has come from the node for too long. If even that is not answered, the
     * connection is ended.
     */
    void checkTime(long now, long longest) {
      if (sendsFile) {
        return;
      }
      if (!tooLong && now - heardAt > longest) {
        tooLong = true;
        heardAt = now;
        walker.tellTimeOut(ProxyError.NODE_TIME_OUT.number());
        worker.pool().kill(attached, "KILL QUERY", () -> {}, refusal -> {});
      } else if (tooLong && now - heardAt > KILL_NANOS) {
        attached.end("its statement did not stop when it was killed");
      }
    }

    /** What a statement gives that was stopped, instead of an error. */
    private boolean isRows(ByteBuf bytes) {
      if (bytes.readableBytes() <= Frames.HEADER) {
        return false;
      }
      int first = bytes.getUnsignedByte(bytes.readerIndex() + Frames.HEADER);
      return first != OkPacket.OK && first != ErrPacket.ERR;
    }

    @Override
    public void bytes(ByteBuf bytes) {
      heardAt = System.nanoTime();
      dropped |= tooLong && !told && reads && isRows(bytes);
      if (ended || dropped) {
        bytes.release();
        return;
      }
      // What a write has done counts, however late.
      told = true;
      client.write(bytes);
      if (!client.isWritable()) {
        readNode(false);
      }
    }

    @Override
    public void wantsFile() {
      if (ended) {
        // Its connection is about to be ended.
        return;
      }
      NodeConnection node = attached;
      sendsFile = true;
      node.onWritable(() -> client.read(true));
      client.readFile(
          bytes -> {
            node.sendMore(bytes);
            if (!node.isWritable()) {
              client.read(false);
            }
          },
          () -> {
            node.onWritable(() -> {});
            client.read(true);
            sendsFile = false;
            heardAt = System.nanoTime();
            node.fileSent();
          });
    }

    @Override
    public void done(ResponseWalker walker) {
      running = null;
      if (ended) {
        return;
      }
      if (walker.failed()) {
        proxy.metrics().nodeError();
      }
      if (dropped) {
        ByteBuf out = client.channel().alloc().buffer();
        timeOut(attached.node().name(), "").write(out, 1, charset());
        client.write(out);
      }
      if (walker.hasStatus() && kind != Kind.PREPARE) {
        boolean before = state.inTransaction();
        state.status(walker.status());
        if (state.inTransaction() && !before) {
          transactionSince = System.nanoTime();
        }
      }
      if (walker.lastInsertId() != 0) {
        insertIdOn = attached;
      }
      after.ended(walker);
      settle();
      client.commandEnded();
    }

    @Override
    public void lost(String why, boolean betweenPackets, int lastSequence) {
      running = null;
      if (ended) {
        return;
      }
      String node = attached == null ? "" : attached.node().toString();
      boolean gone = state.keepsConnection() != null || !betweenPackets;
      attached = null;
      heldBack = false;
      paused = false;
      hasPrevious = false;
      proxy.metrics().proxyError();
      ByteBuf out = client.channel().alloc().buffer();
      if (betweenPackets) {
        String text =
            "the connection to node "
                + node
                + " was lost while the statement ran, and whether it took effect is not known: "
                + why;
        ErrPacket error =
            tooLong
                ? timeOut(node, "; " + text)
                : ErrPacket.of(new ProxyException(ProxyError.NODE_LOST, text));
        error.write(out, dropped ? 1 : (lastSequence + 1) & 0xff, charset());
      }
      if (gone) {
        client.closeAfter(out);
      } else {
        answer(out);
      }
    }
  }
}
