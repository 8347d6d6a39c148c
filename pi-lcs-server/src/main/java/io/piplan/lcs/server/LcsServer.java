package io.piplan.lcs.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.wire.Transport;
import io.piplan.raft.RaftException;
import io.piplan.raft.RaftListener;
import io.piplan.raft.RaftNode;
import io.piplan.raft.RaftOptions;
import io.piplan.raft.RaftStatus;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One server of the logical clock service, running. */
public final class LcsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LcsServer.class);

  private static final String GROUP = "pi-lcs";

  /** At most two of them wait for the group: see {@link Operations#transfer}. */
  private static final int OPERATION_THREADS = 4;

  private static final int LARGEST_HTTP_BODY = 64 * 1024;
  private static final WriteBufferWaterMark UNREAD = new WriteBufferWaterMark(64 << 10, 256 << 10);

  private final LcsServerOptions options;
  private final LcsState state = new LcsState();
  private final ServerMetrics metrics = new ServerMetrics();
  private final NumberShares shares;
  private final StrictGate gate = new StrictGate();
  private final ScheduledExecutorService timer;
  private final ExecutorService executor;
  private final EventLoopGroup acceptor;
  private final EventLoopGroup loops;
  private final RaftNode node;
  private final Operations operations;
  private final ServerStatus status;
  private Channel clients;
  private Channel http;
  private volatile Leadership leadership;
  private volatile boolean closed;

  private LcsServer(LcsServerOptions options) {
    this.options = options;
    this.shares = new NumberShares(options.limits());
    this.timer = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "lcs-timer"));
    this.executor =
        Executors.newFixedThreadPool(OPERATION_THREADS, task -> daemon(task, "lcs-operations"));
    this.acceptor = Transport.loops(1, "lcs-accept");
    this.loops = Transport.loops(loopThreads(), "lcs-server");
    try {
      this.node = RaftNode.start(raft(options), state);
    } catch (RuntimeException e) {
      stopThreads();
      throw e;
    }
    this.operations = new Operations(options, node, () -> leadership, this::leadAnew, executor);
    this.status = new ServerStatus(this, options, node, state, metrics);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** One thread gives millions of numbers a second; the group needs processors as well. */
  private static int loopThreads() {
    return Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
  }

  private static RaftOptions raft(LcsServerOptions options) {
    RaftOptions raft =
        options.join()
            ? RaftOptions.joining(GROUP, options.self(), options.members(), options.directory())
            : RaftOptions.of(GROUP, options.self(), options.members(), options.directory());
    raft = raft.withElection(options.electionMin(), options.electionMax());
    return options.memberTls().isPresent() ? raft.withTls(options.memberTls().get()) : raft;
  }

  /**
   * Starts a server and comes back when it listens; who leads is decided after that.
   *
   * @throws LcsException CONFIG_INVALID if an address is taken or a certificate is unusable
   * @throws io.piplan.raft.RaftException if the member does not start
   */
  public static LcsServer start(LcsServerOptions options) {
    LcsServer server = new LcsServer(options);
    try {
      server.listen();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private void listen() {
    SslContext tls = options.tls().map(LcsServer::context).orElse(null);
    clients =
        bind(
            options.listen(),
            tls,
            channel ->
                channel.pipeline().addLast(new ClientHandler(this, options, metrics, shares)));
    http =
        options
            .http()
            .map(
                address ->
                    bind(
                        address,
                        tls,
                        channel ->
                            channel
                                .pipeline()
                                .addLast(
                                    new HttpServerCodec(),
                                    new RequestBodies(LARGEST_HTTP_BODY),
                                    new HttpHandler(this, options, status, metrics, shares))))
            .orElse(null);
    node.listen(
        new RaftListener() {
          @Override
          public void leading(long term) {
            lead(term);
          }

          @Override
          public void notLeading() {
            follow();
          }

          @Override
          public void failed(RaftException why) {
            follow();
          }
        });
    announce();
    var unused = timer.scheduleWithFixedDelay(status::tick, 0, 1, TimeUnit.SECONDS);
  }

  private static SslContext context(LcsServerOptions.ServerTls tls) {
    try {
      return SslContextBuilder.forServer(tls.certificate().toFile(), tls.key().toFile()).build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "certificate " + tls.certificate() + " or key " + tls.key() + ": " + e.getMessage(),
          "give PEM files, the key as PKCS#8 without a pass phrase",
          e);
    }
  }

  private Channel bind(
      InetSocketAddress address, SslContext tls, Consumer<SocketChannel> pipeline) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptor, loops)
            .channel(Transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, 1_024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNREAD)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (tls != null) {
                      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                    }
                    pipeline.accept(channel);
                  }
                });
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "cannot listen at " + text(address) + ": " + bound.cause().getMessage(),
          "give another address or port, or end what listens there",
          bound.cause());
    }
    return bound.channel();
  }

  private synchronized void lead(long term) {
    Leadership before = leadership;
    if (before != null && before.term() == term && !before.over()) {
      return;
    }
    Leadership next =
        new Leadership(term, node, options.limits().of(ServerLimit.STEP), timer, metrics);
    leadership = next;
    if (before != null) {
      before.end();
    }
    next.begin();
  }

  /**
   * Once more in the same term. Whatever was asked of the group by the one before is in the log
   * already, as this server has led all along.
   */
  private synchronized void leadAnew(Leadership before) {
    RaftStatus status = node.status();
    if (leadership == before && status.ready() && status.term() == before.term()) {
      before.end();
      lead(before.term());
    }
  }

  private synchronized void follow() {
    Leadership before = leadership;
    leadership = null;
    if (before != null) {
      before.end();
      LOG.info("doesn't lead any more, since term {}", before.term());
    }
  }

  /**
   * Has all members know where this one answers clients. At each start, whatever the state says: it
   * may be of a snapshot, behind which the log has another address.
   */
  private void announce() {
    LcsState.Address mine = new LcsState.Address(address(), httpUrl());
    if (closed) {
      return;
    }
    var unused =
        node.caller()
            .submit(
                new LcsCommand.Announce(options.self().id(), mine.client(), mine.http()).encode())
            .whenComplete(
                (done, failure) -> {
                  if (failure != null && !closed && !timer.isShutdown()) {
                    var unusedTask = timer.schedule(this::announce, 500, TimeUnit.MILLISECONDS);
                  }
                });
  }

  /** Where clients reach this server. */
  public String address() {
    return options.advertised().isEmpty()
        ? text((InetSocketAddress) clients.localAddress())
        : options.advertised();
  }

  private String httpUrl() {
    if (http == null) {
      return "";
    }
    return (options.tls().isPresent() ? "https://" : "http://")
        + (options.advertisedHttp().isEmpty()
            ? text((InetSocketAddress) http.localAddress())
            : options.advertisedHttp());
  }

  private String text(InetSocketAddress address) {
    String host =
        address.getAddress() != null && address.getAddress().isAnyLocalAddress()
            ? options.self().host()
            : address.getHostString();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /** Null if this server doesn't lead. */
  Leadership leadership() {
    return leadership;
  }

  /** Whether this server gives numbers now. */
  public boolean leads() {
    Leadership now = leadership;
    return now != null && now.mayAnswer();
  }

  /** Where clients reach the leader; empty if it isn't known. */
  String leaderAddress() {
    LcsState.Address address = leader();
    return address == null ? "" : address.client();
  }

  /** Where the leader's HTTP interface is; empty if it isn't known, or has none. */
  public String leaderHttp() {
    LcsState.Address address = leader();
    return address == null ? "" : address.http();
  }

  private LcsState.Address leader() {
    try {
      return node.leaderId().map(state::address).orElse(null);
    } catch (RaftException e) {
      // The node has ended by itself; answers that are held back have still to be refused.
      LOG.debug("no leader is known", e);
      return null;
    }
  }

  Operations operations() {
    return operations;
  }

  StrictGate gate() {
    return gate;
  }

  /** As {@code LcsClient.status()} shows it. */
  public String statusText() {
    return status.tree().toString();
  }

  /** Why this server has ended by itself, if it has; then it is of no more use. */
  public Optional<RaftException> failure() {
    return node.failure();
  }

  /** The member of the group, for what is asked of it directly. */
  public RaftNode node() {
    return node;
  }

  @Override
  public void close() {
    closed = true;
    follow();
    if (clients != null) {
      var unused = clients.close();
    }
    if (http != null) {
      var unused = http.close();
    }
    node.close();
    stopThreads();
  }

  private void stopThreads() {
    var unused = acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    timer.shutdownNow();
    executor.shutdownNow();
  }
}
