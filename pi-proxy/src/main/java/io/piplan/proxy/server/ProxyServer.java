package io.piplan.proxy.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.Metrics;
import io.piplan.proxy.admin.MetricsEndpoint;
import io.piplan.proxy.command.Commands;
import io.piplan.proxy.node.NodeAddress;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.node.PoolLimits;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.Handshake;
import io.piplan.proxy.wire.WireNodes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy: takes clients on one address and passes their statements on to a data node. As many
 * threads as event loops, however many clients.
 */
@SuppressWarnings("FutureReturnValueIgnored") // listeners and waits take the outcome
public final class ProxyServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);
  private static final int OFFERED =
      Capability.LONG_PASSWORD
          | Capability.LONG_FLAG
          | Capability.CONNECT_WITH_DB
          | Capability.PROTOCOL_41
          | Capability.INTERACTIVE
          | Capability.TRANSACTIONS
          | Capability.SECURE_CONNECTION
          | Capability.PLUGIN_AUTH
          | Capability.CONNECT_ATTRS
          | Capability.PLUGIN_AUTH_LENENC
          | Capability.COMPRESS;

  private final ProxyConfig config;
  private final EventLoopGroup group;
  private final List<Worker> workers = new ArrayList<>();
  private final Sessions sessions = new Sessions();
  private final Metrics metrics = new Metrics();
  private final ProxyAdmin admin = new ProxyAdmin(workers, sessions);
  private Channel listening;
  private MetricsEndpoint endpoint;
  private RoutedEngine routed;

  private ProxyServer(ProxyConfig config) {
    this.config = config;
    DefaultThreadFactory threads = new DefaultThreadFactory("pi-proxy");
    group =
        Epoll.isAvailable()
            ? new EpollEventLoopGroup(config.eventLoops(), threads)
            : new NioEventLoopGroup(config.eventLoops(), threads);
  }

  /**
   * Starts a proxy. Returns when it takes clients.
   *
   * @throws ConfigException if the data node can't be reached, or the address not be listened on
   */
  public static ProxyServer start(ProxyConfig config) {
    ProxyServer server = new ProxyServer(config);
    try {
      server.open();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  /** The address that clients use; with the port that was free if 0 was asked for. */
  public String address() {
    return listening.localAddress() instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
        : "unix:" + listening.localAddress();
  }

  /** The port that clients use; -1 for a Unix socket. */
  public int port() {
    return listening.localAddress() instanceof InetSocketAddress inet ? inet.getPort() : -1;
  }

  /** The port of {@code /metrics}; -1 if there is none. */
  public int metricsPort() {
    return endpoint == null ? -1 : endpoint.port();
  }

  private void open() {
    boolean epoll = Epoll.isAvailable();
    int parts = config.eventLoops();
    for (int i = 0; i < parts; i++) {
      EventLoop loop = group.next();
      Worker worker =
          config.rules() == null
              ? new Worker(
                  loop,
                  pool(loop, config.node().address(), config.node().pool().part(i, parts)),
                  Map.of())
              : new Worker(loop, null, nodes(loop, i, parts));
      workers.add(worker);
      loop.scheduleWithFixedDelay(worker::sweep, 1, 1, TimeUnit.SECONDS);
    }
    if (config.rules() != null) {
      routed = RoutedEngine.start(config.rules(), workers.get(0));
      admin.replicas(routed.engine()::replicas);
    }
    ProxyContext context = context(routed == null ? greeting() : routed.greeting());
    listening = listen(context, epoll);
    if (config.metrics() != null) {
      try {
        endpoint = new MetricsEndpoint(config.metrics(), this::metricsText);
      } catch (IOException e) {
        throw new ConfigException("/metrics: cannot listen on " + config.metrics() + ": " + e, e);
      }
    }
    LOG.info(
        "listens on {}, {}",
        address(),
        routed == null ? "data node " + config.node().address() : "rules " + config.rules());
  }

  private static NodePool pool(EventLoop loop, NodeAddress node, PoolLimits limits) {
    return new NodePool(
        loop,
        Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class,
        node,
        limits);
  }

  private Map<String, WireNodes.Node> nodes(EventLoop loop, int part, int parts) {
    Map<String, WireNodes.Node> nodes = new LinkedHashMap<>();
    for (RuledNode node : config.rules().nodes()) {
      nodes.put(
          node.address().name(),
          new WireNodes.Node(
              pool(loop, node.address(), node.pool().part(part, parts)),
              node.schema(),
              node.replica()));
    }
    return nodes;
  }

  private String metricsText() {
    return metrics.text(waitFor(admin.pools(), Duration.ofSeconds(5), "the figures of the pools"));
  }

  private ProxyContext context(Handshake node) {
    int shared = Capability.SHAPES_RESPONSES & node.capabilities();
    if (!config.localInfile()) {
      shared &= ~Capability.LOCAL_FILES;
    }
    int tls = config.tls() == null ? 0 : Capability.SSL;
    return new ProxyContext(
        config, node, OFFERED | shared | tls, new Commands(), sessions, metrics, admin, routed);
  }

  private Handshake greeting() {
    CompletableFuture<Handshake> greeting = new CompletableFuture<>();
    Worker worker = workers.get(0);
    worker
        .loop()
        .execute(() -> worker.pool().greet(greeting::complete, greeting::completeExceptionally));
    return waitFor(
        greeting,
        config.node().address().connectTimeout().multipliedBy(2),
        "the first login at node " + config.node().address());
  }

  private static <T> T waitFor(CompletableFuture<T> future, Duration atMost, String what) {
    try {
      return future.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConfigException("interrupted during " + what, e);
    } catch (ExecutionException e) {
      String why =
          e.getCause() instanceof ProxyException known
              ? known.getMessage()
              : e.getCause().toString();
      throw new ConfigException(why + "; correct the dsn or start the node", e);
    } catch (TimeoutException e) {
      throw new ConfigException(what + " took more than " + atMost.toMillis() + " ms", e);
    }
  }

  private Channel listen(ProxyContext context, boolean epoll) {
    boolean unix = config.listen() instanceof DomainSocketAddress;
    if (unix && !epoll) {
      throw new ConfigException(
          "/listen: Unix sockets need Linux with epoll, which is not there: "
              + Epoll.unavailabilityCause());
    }
    Class<? extends ServerChannel> type =
        unix
            ? EpollServerDomainSocketChannel.class
            : epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(type)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 * 1024, 256 * 1024))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new ClientConnection(context, worker(channel.eventLoop())));
                  }
                });
    if (!unix) {
      bootstrap
          .option(ChannelOption.SO_REUSEADDR, true)
          .option(ChannelOption.SO_BACKLOG, 1024)
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.SO_KEEPALIVE, true);
    }
    try {
      return bootstrap.bind(config.listen()).syncUninterruptibly().channel();
    } catch (RuntimeException e) {
      throw new ConfigException(
          "/listen: cannot listen on "
              + config.listen()
              + ": "
              + e.getMessage()
              + "; stop who uses it, or choose another address",
          e);
    }
  }

  private Worker worker(EventLoop loop) {
    for (Worker worker : workers) {
      if (worker.loop() == loop) {
        return worker;
      }
    }
    throw new IllegalStateException("a channel on an event loop of somebody else");
  }

  /** Takes no more clients, lets transactions end for a while, then ends all that is left. */
  @Override
  public void close() {
    if (listening != null) {
      listening.close().syncUninterruptibly();
      drain();
    }
    if (endpoint != null) {
      endpoint.close();
    }
    for (Worker worker : workers) {
      worker.loop().execute(() -> closeAll(worker));
    }
    if (routed != null) {
      // What it ends needs the event loops.
      routed.close();
    }
    for (Worker worker : workers) {
      worker.loop().execute(() -> worker.pools().forEach(NodePool::close));
    }
    group.shutdownGracefully(50, 2000, TimeUnit.MILLISECONDS).syncUninterruptibly();
  }

  private void drain() {
    for (Worker worker : workers) {
      worker.loop().execute(() -> worker.clients().forEach(ClientConnection::drain));
    }
    long end = System.nanoTime() + config.timeouts().drain().toNanos();
    while (metrics.open() > 0 && System.nanoTime() - end < 0) {
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    if (metrics.open() > 0) {
      LOG.warn("ends {} clients whose transactions did not end in time", metrics.open());
    }
  }

  /** Returns when the proxy takes no more clients. */
  public void awaitEnd() throws InterruptedException {
    listening.closeFuture().await();
  }

  private static void closeAll(Worker worker) {
    worker.clients().forEach(ClientConnection::close);
  }

  /** {@code ProxyServer config.json}; ends by SIGTERM. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 1 || arguments[0].startsWith("-")) {
      System.err.println("usage: ProxyServer CONFIG.json (see docs/proxy.md)");
      System.exit(2);
    }
    Map<String, String> environment = System.getenv();
    ProxyServer server;
    try {
      server = start(new ConfigReader(environment::get).read(Path.of(arguments[0])));
    } catch (ConfigException e) {
      System.err.println("pi-proxy: " + e.getMessage());
      System.exit(3);
      return;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "pi-proxy-drain"));
    System.out.println("listens on " + server.address());
    server.awaitEnd();
  }
}
