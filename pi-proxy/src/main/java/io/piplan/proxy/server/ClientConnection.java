package io.piplan.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.Journal;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.Collations;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.FileWalker;
import io.piplan.proxy.protocol.Packet;
import io.piplan.proxy.protocol.PacketAssembler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: puts packets together, runs one command after the other, holds back who
 * is too fast, and ends who is too slow. Only for its event loop's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
final class ClientConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

  /** A client that sends more commands than this ahead of its responses is not read any more. */
  private static final int MAX_QUEUED = 256 * 1024;

  private static final int MAX_LOGIN = 64 * 1024;

  /** What is longer takes an event loop too much time to read. */
  private static final int LONG_TEXT = 64 * 1024;

  /** Bytes a second of a packet that takes longer than a client has to end it. */
  private static final long SLOWEST = 16 * 1024;

  private final ProxyContext proxy;
  private final Worker worker;
  private final Deque<Packet> queue = new ArrayDeque<>();
  private Channel channel;
  private String handlerName;
  private CompressedClient compression;
  private PacketAssembler assembler;
  private UnfinishedStatements.Share statements;
  private int running;
  private LoginPhase login;
  private Session session;
  private Places.Place place;
  private ClientWatch watch;
  private ResultLimit limit;
  private RightsGate rights;
  private boolean known;
  private boolean stopping;
  private boolean endedMeanwhile;
  private FileWalker file;
  private Consumer<ByteBuf> fileTo;
  private Runnable fileEnd;
  private int fileSequence;
  private Runnable writable = () -> {};
  private int queued;
  private int capabilities;
  private int collation = Collations.UTF8MB4_GENERAL_CI;
  private boolean busy;
  private boolean draining;

  /** Whether a reader has the running command's packet. */
  private boolean aside;

  private boolean killedAside;

  /** Readers look at it, too. */
  private volatile boolean closed;

  private long heardAt;
  private long loginSince;
  private boolean loginAnswered;
  private long partialSince;
  private int partialFrom;
  private long blockedSince;

  ClientConnection(ProxyContext proxy, Worker worker) {
    this.proxy = proxy;
    this.worker = worker;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    channel = context.channel();
    handlerName = context.name();
    heardAt = System.nanoTime();
    loginSince = heardAt;
    assembler = new PacketAssembler(channel.alloc(), MAX_LOGIN);
    statements = proxy.unfinished().new Share();
    worker.add(this);
    proxy.metrics().connected();
    ProxyConfig.Limits limits = proxy.config().limits();
    place = proxy.sessions().places().take(channel.remoteAddress(), limits);
    if (place == null) {
      refuseAtOnce(
          ProxyError.TOO_MANY_CONNECTIONS,
          "Too many connections of clients that have not logged in: the proxy takes "
              + limits.logins()
              + ", and "
              + limits.loginsPerAddress()
              + " from one address (max_logins, max_logins_per_address)");
      return;
    }
    session =
        proxy.routed() == null
            ? new ClientSession(proxy, worker, this)
            : new RoutedSession(proxy, worker, this);
    Journal journal = proxy.journal();
    if (journal != null && journal.looksAtStatements()) {
      watch = new ClientWatch(proxy);
    }
    long mostBytes = proxy.config().limits().resultBytes();
    if (mostBytes > 0) {
      limit = new ResultLimit(mostBytes, this::stop);
    }
    login = new LoginPhase(proxy, this, session);
    login.greet();
  }

  private void refuseAtOnce(ProxyError error, String message) {
    proxy.metrics().proxyError();
    ByteBuf out = channel.alloc().buffer();
    ErrPacket.of(new ProxyException(error, message)).write(out, 0, charset());
    closeAfter(out);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (closed) {
      bytes.release();
      return;
    }
    heardAt = System.nanoTime();
    assembler.add(bytes);
    if (file != null) {
      file(assembler.takeRest());
    } else {
      readPackets();
    }
  }

  private void readPackets() {
    try {
      boolean begins = partialSince == 0;
      while (!closed && file == null) {
        Packet packet = assembler.next(login == null ? 0 : login.nextSequence());
        if (packet == null) {
          if (assembler.waiting() == 0) {
            partialSince = 0;
          } else if (begins) {
            waitsForMore(heardAt);
          }
          // What waits for its end, or for its turn, and what runs.
          statements.holds((long) assembler.waiting() + queued + running);
          return;
        }
        begins = true;
        take(packet);
      }
    } catch (ProxyException e) {
      protocolError(e);
    } catch (RuntimeException | Error e) {
      LOG.error("a client of {} is ended", remoteHost(), e);
      close();
    }
  }

  /** A packet is there in part: from now on more of it must come. */
  private void waitsForMore(long now) {
    partialSince = now;
    partialFrom = assembler.waiting();
  }

  /** A long packet may take its time as long as it goes on; bytes one by one are not that. */
  private boolean goesOn(long now, Duration time) {
    if (assembler.waiting() - partialFrom < SLOWEST * time.toMillis() / 1000) {
      return false;
    }
    waitsForMore(now);
    return true;
  }

  private void take(Packet packet) {
    if (login != null) {
      login.packet(packet);
    } else if (busy || !queue.isEmpty()) {
      queue.add(packet);
      queued += packet.raw().readableBytes();
      if (queued > MAX_QUEUED) {
        channel.config().setAutoRead(false);
      }
    } else {
      run(packet);
    }
  }

  private void run(Packet packet) {
    busy = true;
    running = packet.raw().readableBytes();
    proxy.metrics().command();
    if (watch != null) {
      watch.begins(packet, charset());
    }
    if (limit != null) {
      limit.begins();
    }
    if (rights == null) {
      session.run(packet);
    } else if (running > LONG_TEXT && RightsGate.reads(packet)) {
      checkAside(packet, session.schema());
    } else {
      checked(packet, refusal(packet, session.schema()));
    }
  }

  /** The loop has others to serve meanwhile; this client's next command waits. */
  private void checkAside(Packet packet, String schema) {
    aside = true;
    killedAside = false;
    proxy
        .readers()
        .execute(
            () -> {
              Runnable next = checkedAside(packet, schema);
              try {
                worker.loop().execute(() -> cameBack(packet, next));
              } catch (RejectedExecutionException e) {
                packet.release();
              }
            });
  }

  private Runnable checkedAside(Packet packet, String schema) {
    if (closed) {
      return () -> {};
    }
    try {
      ProxyException refusal = refusal(packet, schema);
      return () -> checked(packet, killedAside ? stoppedAside() : refusal);
    } catch (RuntimeException | Error e) {
      LOG.error("a statement of a client of {} could not be read", remoteHost(), e);
      return () -> {
        packet.release();
        close();
      };
    }
  }

  private void cameBack(Packet packet, Runnable next) {
    aside = false;
    boolean left = closed;
    runQueued(packet, next);
    if (left) {
      statementIsGone();
    }
  }

  /** KILL QUERY: a command that is still being read doesn't run. */
  void stopAside() {
    killedAside = aside;
  }

  private static ProxyException stoppedAside() {
    return new ProxyException(ProxyError.STOPPED, "Query execution was interrupted");
  }

  /** Null if it may run. From any thread. */
  private ProxyException refusal(Packet packet, String schema) {
    try {
      rights.check(packet, schema, charset());
      return null;
    } catch (ProxyException e) {
      return e;
    }
  }

  private void checked(Packet packet, ProxyException refusal) {
    if (refusal == null) {
      session.run(packet);
      return;
    }
    packet.release();
    proxy.metrics().proxyError();
    ByteBuf out = channel.alloc().buffer();
    ErrPacket.of(refusal).write(out, 1, charset());
    write(out);
    commandEnded();
  }

  /** Stops the statement whose result is too long; the next one waits until it can't be hit. */
  private void stop() {
    stopping = true;
    session.killed(true, false, refusal -> worker.loop().execute(this::stopped));
  }

  private void stopped() {
    stopping = false;
    if (endedMeanwhile) {
      endedMeanwhile = false;
      commandEnded();
    }
  }

  /** The response to a command is with the client; the next one may run. */
  void commandEnded() {
    if (stopping) {
      endedMeanwhile = true;
      return;
    }
    busy = false;
    running = 0;
    if (closed) {
      return;
    }
    statements.leaves((long) assembler.waiting() + queued);
    if (compression != null) {
      compression.goOnLater();
    }
    if (watch != null) {
      watch.ended(session, remoteName());
    }
    if (draining && session.mayEnd()) {
      close();
      return;
    }
    Packet next = queue.poll();
    if (next != null) {
      queued -= next.raw().readableBytes();
      if (queued <= MAX_QUEUED) {
        channel.config().setAutoRead(true);
      }
      // Not from within the end of the one before: many short commands would pile up on the stack.
      busy = true;
      worker.loop().execute(() -> runQueued(next, () -> run(next)));
    }
  }

  private void runQueued(Packet packet, Runnable how) {
    if (closed) {
      packet.release();
      return;
    }
    try {
      how.run();
    } catch (ProxyException e) {
      protocolError(e);
    } catch (RuntimeException | Error e) {
      LOG.error("a client of {} is ended", remoteHost(), e);
      close();
    }
  }

  private void protocolError(ProxyException e) {
    proxy.metrics().proxyError();
    ByteBuf out = channel.alloc().buffer();
    int sequence = login == null ? 1 : login.nextSequence();
    ErrPacket.of(e).write(out, sequence, charset());
    closeAfter(out);
  }

  // --- login

  /** Reads on inside TLS; what came after the request belongs to it already. */
  void startTls() {
    ByteBuf rest = assembler.takeRest();
    channel.pipeline().addFirst(proxy.config().tls().newHandler(channel.alloc()));
    if (rest.isReadable()) {
      channel.pipeline().fireChannelRead(rest);
    } else {
      rest.release();
    }
  }

  void agreedOn(int capabilities, int collation) {
    this.capabilities = capabilities;
    this.collation = collation;
  }

  /** COM_CHANGE_USER: packets are of a login again. */
  void loginAgain(LoginPhase phase) {
    login = phase;
    loginSince = System.nanoTime();
    loginAnswered = false;
  }

  /** From now on it is not the client who is waited for, but perhaps a connection to a node. */
  void loginIsAnswered() {
    loginAnswered = true;
    busy = true;
  }

  void loggedIn(ProxyUser user) {
    login = null;
    rights = user.rights() == null ? null : new RightsGate(user.rights());
    known = true;
    note("login", "");
    ByteBuf rest = assembler.takeRest();
    assembler = new PacketAssembler(channel.alloc(), proxy.config().limits().statementBytes());
    if (compression == null && Capability.has(capabilities, Capability.COMPRESS)) {
      compression = new CompressedClient(() -> busy && file == null);
      channel.pipeline().addBefore(handlerName, "compression", compression);
      commandEnded();
      compression.cameBefore(rest);
      return;
    }
    assembler.add(rest);
    commandEnded();
  }

  /** For the audit log. */
  void loginRefused(ErrPacket error) {
    note("login refused", error.message());
  }

  private void note(String event, String why) {
    if (proxy.journal() != null) {
      proxy.journal().session(event, ClientWatch.client(session, remoteName()), why);
    }
  }

  // --- a file of the client

  /** All bytes up to the file's end go to the taker, not to commands. */
  void readFile(Consumer<ByteBuf> to, Runnable end) {
    file = new FileWalker();
    fileTo = to;
    fileEnd = end;
    file(assembler.takeRest());
  }

  /** The number of the last packet of the file that was read. */
  int fileSequence() {
    return fileSequence;
  }

  private void file(ByteBuf bytes) {
    int start = bytes.readerIndex();
    boolean end = file.advance(bytes);
    int passed = bytes.readerIndex() - start;
    ByteBuf rest = null;
    if (bytes.isReadable()) {
      rest = bytes.retainedSlice();
    }
    if (passed > 0) {
      fileTo.accept(bytes.retainedSlice(start, passed));
    }
    bytes.release();
    if (end) {
      fileSequence = file.lastSequence();
      file = null;
      fileEnd.run();
    }
    if (rest != null) {
      // Part of a header, or commands after the file.
      assembler.add(rest);
      if (file == null) {
        readPackets();
      }
    }
  }

  /**
   * The client is who it says.
   *
   * @return false if there is no place for it
   */
  boolean enters(ProxyUser user) {
    return place.enter(user.admin(), proxy.config().limits());
  }

  // --- for the session and the login

  int capabilities() {
    return capabilities;
  }

  int collation() {
    return collation;
  }

  Charset charset() {
    return Collations.charset(collation);
  }

  Channel channel() {
    return channel;
  }

  boolean isClosed() {
    return closed;
  }

  /** Since it was heard last. */
  long seconds() {
    return (System.nanoTime() - heardAt) / 1_000_000_000L;
  }

  boolean isBusy() {
    return busy;
  }

  String remoteHost() {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress()
        : "localhost";
  }

  String remoteName() {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? remoteHost() + ":" + address.getPort()
        : "local";
  }

  /** Sends bytes; takes them over. */
  void write(ByteBuf bytes) {
    ByteBuf passed = limit == null ? bytes : limit.pass(bytes, charset());
    if (passed == null) {
      return;
    }
    if (watch != null) {
      watch.answers(passed, session);
    }
    proxy.metrics().sent(passed.readableBytes());
    channel.writeAndFlush(passed);
    if (!channel.isWritable() && blockedSince == 0) {
      blockedSince = System.nanoTime();
    }
  }

  boolean isWritable() {
    return channel.isWritable();
  }

  /** Run when the client takes bytes again after it didn't. */
  void onWritable(Runnable action) {
    writable = action;
  }

  /** Stops or goes on to read: how a busy data node holds back a client's file. */
  void read(boolean wanted) {
    channel.config().setAutoRead(wanted);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable()) {
      blockedSince = 0;
      writable.run();
    }
  }

  // --- times and ends

  void checkTimes(long now) {
    if (closed) {
      return;
    }
    ProxyConfig.Timeouts timeouts = proxy.config().timeouts();
    if (session != null) {
      session.checkTime(now);
    }
    if (login != null && !loginAnswered && now - loginSince > timeouts.handshake().toNanos()) {
      // However many bytes it sends: a login is short.
      LOG.info("client {} did not log in within {}", remoteName(), timeouts.handshake());
      close();
    } else if (blockedSince != 0 && now - blockedSince > timeouts.write().toNanos()) {
      LOG.info("client {} took nothing of its result for {}", remoteName(), timeouts.write());
      close();
    } else if (partialSince != 0 && !channel.config().isAutoRead()) {
      // It is not read: it can't be blamed.
      waitsForMore(now);
    } else if (partialSince != 0
        && now - partialSince > timeouts.write().toNanos()
        && !goesOn(now, timeouts.write())) {
      LOG.info("client {} did not end its packet within {}", remoteName(), timeouts.write());
      close();
    } else if (!busy && login == null && now - heardAt > timeouts.idle().toNanos()) {
      refuse(ProxyError.CLIENT_TIMEOUT, "idle for " + timeouts.idle());
    }
  }

  private void refuse(ProxyError error, String message) {
    ByteBuf out = channel.alloc().buffer();
    ErrPacket.of(new ProxyException(error, message)).write(out, 0, charset());
    closeAfter(out);
  }

  /** Ends it as soon as nothing of it is under way. */
  void drain() {
    draining = true;
    if (!busy && (session == null || session.mayEnd())) {
      close();
    }
  }

  /**
   * Ends it by KILL.
   *
   * @param itself whether its own command did that, whose response must come first
   */
  void killed(boolean itself) {
    if (itself) {
      worker.loop().execute(this::close);
      return;
    }
    ByteBuf out = channel.alloc().buffer();
    ErrPacket.of(new ProxyException(ProxyError.KILLED, "Connection was killed"))
        .write(out, busy ? 1 : 0, charset());
    closeAfter(out);
  }

  void closeAfter(ByteBuf last) {
    if (closed) {
      last.release();
      return;
    }
    closed = true;
    channel.writeAndFlush(last).addListener(ChannelFutureListener.CLOSE);
    worker.loop().schedule(() -> channel.close(), 2, java.util.concurrent.TimeUnit.SECONDS);
    forget();
  }

  void close() {
    closed = true;
    if (channel != null) {
      channel.close();
    }
    forget();
  }

  private void forget() {
    if (watch != null) {
      watch.left(session, remoteName());
    }
    if (known) {
      known = false;
      note("logout", "");
    }
    if (session != null) {
      session.end();
    }
    queue.forEach(Packet::release);
    queue.clear();
    if (statements != null) {
      boolean kept = aside || (session != null && session.runsOn());
      statements.leaves(kept ? running : 0);
    }
  }

  /** What ran on after the client had gone has ended. */
  void statementIsGone() {
    statements.leaves(0);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    closed = true;
    forget();
    if (assembler != null) {
      assembler.release();
      if (place != null) {
        place.leave();
      }
      worker.remove(this);
      proxy.metrics().disconnected();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.info("client {} is ended: {}", remoteName(), cause.toString());
    }
    close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    ReferenceCountUtil.release(event);
  }
}
