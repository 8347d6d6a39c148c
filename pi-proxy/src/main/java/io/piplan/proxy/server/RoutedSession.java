package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnection.Progress;
import io.piplan.dal.session.DalSession;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.SessionFigures;
import io.piplan.proxy.admin.TransactionFigures;
import io.piplan.proxy.command.AdminStatement;
import io.piplan.proxy.command.KillStatement;
import io.piplan.proxy.command.StatementScan;
import io.piplan.proxy.node.NodeConnection;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.protocol.CommandCode;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.OkPacket;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PayloadReader;
import io.piplan.proxy.protocol.StatementExecution;
import io.piplan.proxy.routed.Answer;
import io.piplan.proxy.routed.ClientGoneException;
import io.piplan.proxy.routed.RoutedClient;
import io.piplan.proxy.routed.SessionWarnings;
import io.piplan.proxy.routed.SessionWords;
import io.piplan.proxy.routed.Whole;
import io.piplan.proxy.wire.WireConnection;
import io.piplan.proxy.wire.WireNodes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session over several nodes. A statement that one node answers whole is passed on by {@link
 * Passage}; what needs PiDAL runs on a thread that may wait; what waits for nobody runs at once.
 * One command after the other. Only for its event loop's thread, except where it says so.
 */
final class RoutedSession implements Session {
  private static final Logger LOG = LoggerFactory.getLogger(RoutedSession.class);

  private static final Set<CommandCode> SHORT =
      Set.of(
          CommandCode.PING,
          CommandCode.STATISTICS,
          CommandCode.INIT_DB,
          CommandCode.STMT_CLOSE,
          CommandCode.STMT_RESET,
          CommandCode.STMT_SEND_LONG_DATA);

  /** After these the statement before is still the one that warnings are asked of. */
  private static final Set<CommandCode> WARN_OF_NOTHING =
      Set.of(
          CommandCode.PING,
          CommandCode.STATISTICS,
          CommandCode.STMT_CLOSE,
          CommandCode.STMT_RESET,
          CommandCode.STMT_SEND_LONG_DATA);

  private static final long LONGEST_AWAITED = TimeUnit.SECONDS.toNanos(1);

  private final ProxyContext proxy;
  private final Worker worker;
  private final ClientConnection client;
  private final ClientOutput output;
  private final Passage passage;
  private final SessionWarnings warnings = new SessionWarnings();
  private final long id;
  private volatile String user = "";
  private boolean admin;
  private long transactionSince;
  private volatile RoutedClient routed;
  private volatile String schema;
  private boolean onThread;
  private Awaited awaited;
  private boolean passed;
  private boolean ended;

  RoutedSession(ProxyContext proxy, Worker worker, ClientConnection client) {
    this.proxy = proxy;
    this.worker = worker;
    this.client = client;
    this.output = new ClientOutput(worker.loop(), client, proxy.config().timeouts().write());
    this.passage = new Passage(proxy, worker, client);
    this.id = proxy.sessions().nextId();
    client.onWritable(
        () -> {
          output.signal();
          passage.clientTakesMore();
        });
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

  @Override
  public void loggedIn(ProxyUser who, String wanted, Runnable told, Consumer<ErrPacket> refused) {
    RoutedClient before = routed;
    routed = null;
    user = who.name();
    admin = who.admin();
    passed = false;
    warnings.clear();
    passage.leave();
    proxy.sessions().add(this);
    if (before == null) {
      begin(wanted, told, refused);
      return;
    }
    offLoop(
        () -> {
          try {
            before.close();
          } catch (RuntimeException e) {
            LOG.warn("the session before of client {} could not be ended", id, e);
          } finally {
            back(
                () -> {
                  if (!ended) {
                    begin(wanted, told, refused);
                  }
                });
          }
        });
  }

  private void begin(String wanted, Runnable told, Consumer<ErrPacket> refused) {
    RoutedEngine engine = proxy.routed();
    try {
      routed =
          new RoutedClient(
              engine.session(
                  wanted,
                  worker,
                  NodesOfRules.shape(client.capabilities(), client.collation()),
                  warnings),
              proxy.config().limits().preparedStatements(),
              proxy.config().limits().statementBytes(),
              warnings);
    } catch (DalException e) {
      refused.accept(error(e));
      return;
    }
    routed.session().number(id);
    schema = wanted;
    told.run();
  }

  private static ErrPacket error(DalException e) {
    return new ErrPacket(e.mysqlNumber(), e.sqlState(), e.getMessage());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // tasks catch what they throw
  private void offLoop(Runnable task) {
    proxy.routed().threads().submit(task);
  }

  private void back(Runnable task) {
    try {
      worker.loop().execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("client {} is gone, and its event loop too", id);
    }
  }

  // --- commands

  @Override
  public void run(Packet packet) {
    int first = packet.firstByte();
    Optional<CommandCode> code = first < 0 ? Optional.empty() : CommandCode.of(first);
    if (code.isEmpty()) {
      packet.release();
      refuse(
          new ProxyException(
              ProxyError.UNKNOWN_COMMAND,
              first < 0
                  ? "an empty packet, expected a command"
                  : String.format("unknown command 0x%02x", first)));
      return;
    }
    switch (code.get()) {
      case QUIT -> {
        packet.release();
        client.close();
      }
      case CHANGE_USER -> LoginPhase.changeUser(proxy, client, this, packet);
      case PROCESS_KILL -> {
        long target = processKill(packet);
        kill(target, false);
      }
      case QUERY -> query(packet);
      case STMT_EXECUTE -> statement(CommandCode.STMT_EXECUTE, packet, null);
      case STMT_PREPARE -> prepare(packet);
      default -> {
        if (SHORT.contains(code.get())) {
          atOnce(code.get(), packet);
        } else {
          onThread(code.get(), packet);
        }
      }
    }
  }

  private static long processKill(Packet packet) {
    try {
      PayloadReader in = new PayloadReader(packet.payload(), "COM_PROCESS_KILL");
      in.skip(1);
      return in.u4();
    } finally {
      packet.release();
    }
  }

  private void query(Packet packet) {
    StatementScan scan;
    try {
      scan = StatementScan.of(packet.payload(), packet.payload().readerIndex() + 1);
    } catch (RuntimeException e) {
      packet.release();
      throw e;
    }
    boolean single = scan.statements().size() == 1;
    String first = scan.word(0);
    Optional<AdminStatement> admin;
    try {
      admin = AdminStatement.of(scan, packet.payload());
    } catch (ProxyException e) {
      packet.release();
      refuse(e);
      return;
    }
    if (admin.isPresent()) {
      packet.release();
      admin(admin.get());
    } else if (single && first.equals("KILL")) {
      packet.release();
      KillStatement kill;
      try {
        kill = KillStatement.of(scan);
      } catch (ProxyException e) {
        refuse(e);
        return;
      }
      kill(kill.session(), kill.queryOnly());
    } else if (single && first.equals("SHOW") && Warnings.areAsked(scan)) {
      warnings(packet, scan);
    } else {
      // Several take turns on a thread.
      statement(CommandCode.QUERY, packet, single ? first : ";");
    }
  }

  /** A node may know the columns of the rows. */
  private void prepare(Packet packet) {
    if (packet.payload().readableBytes() > Whole.LONGEST) {
      onThread(CommandCode.STMT_PREPARE, packet);
      return;
    }
    Optional<DalSession.Sample> sample;
    try {
      sample =
          routed.speaksUtf8(client.charset()) ? routed.sample(packet.payload()) : Optional.empty();
    } catch (DalException e) {
      packet.release();
      notPrepared(error(e));
      return;
    }
    if (sample.isEmpty()) {
      atOnce(CommandCode.STMT_PREPARE, packet);
      return;
    }
    elsewhere();
    RoutedClient now = routed;
    onThread = true;
    columns(
        now,
        sample.get(),
        said -> {
          onThread = false;
          if (!ended && said.isRefusal()) {
            packet.release();
            notPrepared(said.error());
            return;
          }
          try {
            if (!ended) {
              now.prepare(packet.payload(), said.columns(), new AtOnce());
            }
          } finally {
            packet.release();
          }
          commandEnded();
        });
  }

  private void notPrepared(ErrPacket error) {
    elsewhere();
    warnings.failed(DalException.ofNode(error.number(), error.sqlState(), error.message(), null));
    answer(error);
  }

  private void columns(
      RoutedClient now, DalSession.Sample sample, Consumer<ColumnsOfStatement.Said> told) {
    WireNodes nodes = (WireNodes) now.session().connections();
    WireNodes.Node node = nodes.node(sample.node());
    Function<NodeConnection, ScheduledFuture<?>> limit =
        asked -> limit(asked, nodes.statementTimeout());
    if (now.session().begunOn(sample.node()) instanceof WireConnection branch) {
      ColumnsOfStatement.ask(sample, branch.wire(), limit.apply(branch.wire()), () -> {}, told);
      return;
    }
    NodeConnection mine = passage.toAsk(now, sample.node());
    if (mine != null) {
      ColumnsOfStatement.ask(sample, mine, limit.apply(mine), () -> passage.asked(mine), told);
      return;
    }
    NodePool.Request request =
        ColumnsOfStatement.request(
            node,
            passage.settings(now),
            NodesOfRules.shape(client.capabilities(), client.collation()));
    ColumnsOfStatement.ask(sample, node, request, limit, told);
  }

  /** A node that is silent must not hold up the client. */
  private ScheduledFuture<?> limit(NodeConnection asked, Duration atMost) {
    return worker
        .loop()
        .schedule(
            () -> asked.end("it did not answer to a PREPARE"),
            atMost.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Whether the rows are to stay here until they are fetched. */
  private static boolean wantsCursor(CommandCode code, ByteBuf payload) {
    int flags = payload.readerIndex() + 5;
    return code == CommandCode.STMT_EXECUTE
        && payload.writerIndex() > flags
        && payload.getByte(flags) != StatementExecution.NO_CURSOR;
  }

  /**
   * @param firstWord null if it isn't known yet
   */
  private void statement(CommandCode code, Packet packet, String firstWord) {
    if (packet.payload().readableBytes() > Whole.LONGEST
        || !routed.speaksUtf8(client.charset())
        || wantsCursor(code, packet.payload())) {
      onThread(code, packet);
      return;
    }
    Optional<Whole> whole = Optional.empty();
    Optional<DalSession.Ahead> ahead = Optional.empty();
    boolean isShort = false;
    try {
      String first = firstWord == null ? routed.firstWord(packet.payload()) : firstWord;
      if (SessionWords.mayBeWhole(first)) {
        whole = routed.whole(code, packet.payload());
        if (whole.isEmpty() && routed.inTransaction()) {
          ahead = routed.ahead(code, packet.payload());
        }
      } else {
        isShort =
            (SessionWords.isShortOutsideTransactions(first)
                    || (first.equals("SET") && setsAutocommit(code, packet.payload())))
                && !routed.inTransaction()
                && !mayHaveComment(code, packet.payload());
      }
    } catch (RuntimeException | StackOverflowError e) {
      LOG.debug("PiDAL is to say what is wrong with a statement of client {}", id, e);
    }
    if (whole.isPresent()) {
      packet.release();
      pass(whole.get());
    } else if (isShort) {
      atOnce(code, packet);
    } else if (ahead.isPresent()) {
      awaitAnswers(code, packet, ahead.get());
    } else {
      onThread(code, packet);
    }
  }

  /** Whether a server runs what stands in one may have to be asked for. */
  private static boolean mayHaveComment(CommandCode code, ByteBuf payload) {
    return code == CommandCode.QUERY
        && payload.indexOf(payload.readerIndex() + 1, payload.writerIndex(), (byte) '/') >= 0;
  }

  // --- several nodes answer it, to whom it was sent

  /** A command whose nodes are about to answer. */
  private record Awaited(CommandCode code, Packet packet, DalSession.Ahead ahead, long since) {}

  private void awaitAnswers(CommandCode code, Packet packet, DalSession.Ahead ahead) {
    // Until they have answered it is as if a thread waited for them.
    onThread = true;
    awaited = new Awaited(code, packet, ahead, System.nanoTime());
    ahead.whenTold(this::lookAtAnswers);
    lookAtAnswers();
  }

  private void lookAtAnswers() {
    Awaited now = awaited;
    Progress progress = now == null ? Progress.WAITS : now.ahead().progress();
    if (progress == Progress.WAITS) {
      return;
    }
    awaited = null;
    if (progress != Progress.READY || ended) {
      onThread(now.code(), now.packet());
      return;
    }
    try {
      atOnce(now.code(), now.packet(), this::threadEnded);
    } catch (RuntimeException e) {
      // The node that has just answered has nothing to do with it.
      LOG.error("a client of {} is ended", client.remoteHost(), e);
      client.close();
      threadEnded();
    }
  }

  /** A thread knows when they have taken too long. */
  private void checkAnswers(long now) {
    if (awaited != null && now - awaited.since() > LONGEST_AWAITED) {
      awaitOnThread();
    }
  }

  private void awaitOnThread() {
    Awaited waits = awaited;
    if (waits != null) {
      awaited = null;
      onThread(waits.code(), waits.packet());
    }
  }

  private static boolean setsAutocommit(CommandCode code, ByteBuf payload) {
    return code == CommandCode.QUERY
        && SessionWords.setsAutocommit(
            payload.toString(
                payload.readerIndex() + 1,
                payload.readableBytes() - 1,
                StandardCharsets.ISO_8859_1));
  }

  // --- one node answers it

  private void pass(Whole whole) {
    passed = true;
    RoutedClient now = routed;
    if (!whole.on().inTransaction()) {
      passage.run(now, whole, failure -> passedOn(whole.on(), failure));
      return;
    }
    String node = whole.on().node();
    if (now.session().begunOn(node) instanceof WireConnection branch) {
      passage.run(now, whole, branch, failure -> passedOn(whole.on(), failure));
      return;
    }
    passage.begin(now, whole, failure -> passedOn(whole.on(), failure));
  }

  /**
   * The client has the answer.
   *
   * @param failure null if there is none
   */
  private void passedOn(DalSession.OnNode on, DalException failure) {
    RoutedClient now = routed;
    if (failure != null && passage.isForgotten()) {
      notPassed(failure);
    }
    if (failure == null || ended || !on.inTransaction()) {
      commandEnded();
      return;
    }
    // Perhaps it ends the transaction, and then that must be so before the next command.
    onThread = true;
    offLoop(
        () -> {
          try {
            var unused = now.session().failed(on, failure);
            now.currentStatus();
          } catch (RuntimeException e) {
            LOG.error("the transaction of client {} could not be rolled back", id, e);
            back(client::close);
          } finally {
            back(
                () -> {
                  if (now.session().begunOn(on.node()) == null) {
                    // Its connections are back in the pool.
                    notPassed(failure);
                  }
                  threadEnded();
                });
          }
        });
  }

  /** No connection can be asked about a statement that failed: its error is kept here. */
  private void notPassed(DalException failure) {
    elsewhere();
    warnings.failed(failure);
  }

  // --- the session itself, or PiDAL

  /** Runs what waits for nobody. */
  private void atOnce(CommandCode code, Packet packet) {
    atOnce(code, packet, this::commandEnded);
  }

  private void atOnce(CommandCode code, Packet packet, Runnable ended) {
    if (!WARN_OF_NOTHING.contains(code)) {
      elsewhere();
    }
    try {
      routed.run(code, packet.payload(), new AtOnce());
      schema = routed.schema();
    } finally {
      packet.release();
    }
    ended.run();
  }

  private void onThread(CommandCode code, Packet packet) {
    onThread = true;
    elsewhere();
    if (code == CommandCode.RESET_CONNECTION) {
      passage.leave();
    }
    RoutedClient running = routed;
    offLoop(
        () -> {
          try {
            running.run(code, packet.payload(), output);
            schema = running.schema();
          } catch (ClientGoneException e) {
            LOG.debug("client {} went away in the middle of a response", id);
          } catch (RuntimeException | Error e) {
            // Of an answer that is missing, or was sent in part, no client could make anything.
            LOG.error("a client of {} is ended", client.remoteHost(), e);
            back(client::close);
          } finally {
            packet.release();
            back(this::threadEnded);
          }
        });
  }

  /** What is asked about the statement before is no longer known to a connection. */
  private void elsewhere() {
    passage.forgetPrevious();
    passed = false;
    warnings.clear();
  }

  private void threadEnded() {
    onThread = false;
    commandEnded();
  }

  private void commandEnded() {
    if (ended) {
      closeRouted();
      client.statementIsGone();
    } else {
      lookAtTransaction();
      client.commandEnded();
    }
  }

  private void lookAtTransaction() {
    boolean open = routed.inTransaction();
    if (open != (transactionSince != 0)) {
      transactionSince = open ? System.nanoTime() : 0;
    }
  }

  private void refuse(ProxyException e) {
    answer(ErrPacket.of(e));
  }

  private void answer(ErrPacket error) {
    write(out -> error.write(out, 1, client.charset()));
    proxy.metrics().proxyError();
    client.commandEnded();
  }

  private void write(Consumer<ByteBuf> how) {
    ByteBuf out = client.channel().alloc().buffer();
    how.accept(out);
    client.write(out);
  }

  /** Warnings of the statement before: of the connection that ran it, or those that were kept. */
  private void warnings(Packet packet, StatementScan scan) {
    if (passage.knowsPrevious(routed)) {
      passage.ask(routed, packet, this::passedOn);
      return;
    }
    boolean offset =
        packet
                .payload()
                .indexOf(packet.payload().readerIndex(), packet.payload().writerIndex(), (byte) ',')
            >= 0;
    packet.release();
    try {
      if (passed || offset) {
        throw new ProxyException(
            ProxyError.NOT_SUPPORTED,
            offset
                ? "SHOW WARNINGS with an offset is not supported here; leave the offset out"
                : "this statement asks about the one before, whose connection was given to another"
                    + " session meanwhile; ask at once, in the same transaction, or raise"
                    + " maximum_pool_size");
      }
      Warnings asked = Warnings.of(scan, warnings.rows());
      write(
          out ->
              ResultWriter.rows(
                  out,
                  asked.columns(),
                  asked.rows(),
                  client.charset(),
                  client.capabilities(),
                  routed.status()));
      client.commandEnded();
    } catch (ProxyException e) {
      refuse(e);
    }
  }

  private void admin(AdminStatement statement) {
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
                answer(error);
                return;
              }
              if (table == null) {
                write(out -> OkPacket.of(routed.status()).write(out, 1, client.capabilities()));
                client.commandEnded();
                return;
              }
              write(
                  out ->
                      ResultWriter.rows(
                          out,
                          table.columns(),
                          table.rows(),
                          client.charset(),
                          client.capabilities(),
                          routed.status()));
              client.commandEnded();
            });
  }

  // --- ends

  private void kill(long target, boolean queryOnly) {
    new Kill(proxy.sessions(), this)
        .run(
            target,
            queryOnly,
            error -> {
              if (!ended && error == null) {
                write(out -> OkPacket.of(routed.status()).write(out, 1, client.capabilities()));
                client.commandEnded();
              } else if (!ended) {
                answer(error);
              }
            });
  }

  @Override
  public void killed(boolean queryOnly, boolean itself, Consumer<ErrPacket> answer) {
    RoutedClient running = routed;
    if (passage.isRunning()) {
      passage.kill(answer);
    } else if (onThread && running != null) {
      offLoop(
          () -> {
            try {
              running.cancel();
              answer.accept(null);
            } catch (DalException e) {
              answer.accept(error(e));
            }
          });
    } else {
      client.stopAside();
      answer.accept(null);
    }
    if (!queryOnly) {
      client.killed(itself);
    }
  }

  @Override
  public boolean runsOn() {
    return onThread;
  }

  @Override
  public void checkTime(long now) {
    passage.checkTime(now);
    checkAnswers(now);
    RoutedClient mine = routed;
    if (!onThread && mine != null && mine.session().hasLostLocks()) {
      // As if the client had been connected to that server: it must not go on as if it had them.
      LOG.info("client {} is ended: a server ended the connection with its named locks", id);
      client.close();
    }
  }

  @Override
  public boolean mayEnd() {
    RoutedClient now = routed;
    return now == null || !now.inTransaction();
  }

  @Override
  public void end() {
    if (ended) {
      return;
    }
    ended = true;
    proxy.sessions().remove(this);
    output.clientGone();
    boolean passing = passage.isRunning();
    passage.clientGone();
    RoutedClient running = routed;
    if (onThread && running != null) {
      offLoop(
          () -> {
            try {
              running.cancel();
            } catch (DalException e) {
              LOG.debug("the statement of client {} could not be stopped: {}", id, e.getMessage());
            }
          });
      // Nobody looks at the time of a client that is gone.
      awaitOnThread();
    } else if (!passing || !passage.isRunning()) {
      closeRouted();
    }
  }

  /** Rolls back and gives connections back. */
  private void closeRouted() {
    passage.leave();
    RoutedClient had = routed;
    routed = null;
    if (had != null) {
      offLoop(
          () -> {
            try {
              had.close();
            } catch (RuntimeException e) {
              LOG.warn("the session of client {} could not be ended: {}", id, e.getMessage());
            }
          });
    }
  }

  @Override
  public Optional<TransactionFigures> transaction() {
    RoutedClient now = routed;
    if (now == null || !now.inTransaction()) {
      return Optional.empty();
    }
    // While a thread has the session its nodes can't be asked for.
    String nodes =
        onThread
            ? ""
            : now.session().connections().nodes().stream()
                .filter(node -> now.session().begunOn(node) != null)
                .sorted()
                .collect(Collectors.joining(","));
    return Optional.of(
        new TransactionFigures(
            id,
            user,
            "",
            nodes,
            client.isBusy() ? "runs" : "idle",
            transactionSince == 0 ? -1 : TransactionFigures.seconds(transactionSince),
            ""));
  }

  @Override
  public String schema() {
    return schema;
  }

  @Override
  public String node() {
    return passage.node();
  }

  @Override
  public boolean isAdmin() {
    return admin;
  }

  @Override
  public String boundText(ByteBuf payload) {
    RoutedClient now = routed;
    return now == null ? null : now.boundText(payload).orElse(null);
  }

  @Override
  public SessionFigures figures() {
    return new SessionFigures(
        id,
        user,
        client.remoteName(),
        schema == null ? "" : schema,
        client.isBusy()
            ? (passage.waitsForConnection() ? "waits for a connection" : "runs")
            : "idle",
        client.seconds(),
        passage.node(),
        mayEnd() ? "" : "a transaction");
  }

  /** Sends at once what an event loop has made: it is short. */
  private final class AtOnce implements Answer {
    @Override
    public int capabilities() {
      return client.capabilities();
    }

    @Override
    public java.nio.charset.Charset charset() {
      return client.charset();
    }

    @Override
    public int collation() {
      return client.collation();
    }

    @Override
    public ByteBuf buffer() {
      return client.channel().alloc().buffer();
    }

    @Override
    public void send(ByteBuf packets) {
      if (client.isClosed()) {
        packets.release();
      } else {
        client.write(packets);
      }
    }
  }
}
