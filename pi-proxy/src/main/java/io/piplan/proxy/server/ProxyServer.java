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
import io.piplan.dal.DalException;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.Journal;
import io.piplan.proxy.admin.JournalSettings;
import io.piplan.proxy.admin.Metrics;
import io.piplan.proxy.admin.MetricsEndpoint;
import io.piplan.proxy.command.Commands;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.Handshake;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
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
  private final ExecutorService threads =
      Executors.newCachedThreadPool(new DefaultThreadFactory("pi-proxy-admin", true));

  /** As few as long texts may be read at once: that takes memory, too. */
  private final ExecutorService readers =
      Executors.newFixedThreadPool(2, new DefaultThreadFactory("pi-proxy-reader", true));

  private final ProxyAdmin admin = new ProxyAdmin(workers, sessions, threads, this::reload);
  private final AtomicReference<ProxyConfig> configs;
  private final ConfigFile file;
  private final UnfinishedStatements unfinished = UnfinishedStatements.ofThisProcess();
  private Journal journal;
  private Channel listening;
  private MetricsEndpoint endpoint;
  private RoutedEngine routed;

  /**
   * @param file null if the configuration can't be read again
   */
  private ProxyServer(ProxyConfig config, Function<AtomicReference<ProxyConfig>, ConfigFile> file) {
    this.config = config;
    this.configs = new AtomicReference<>(config);
    this.file = file == null ? null : file.apply(configs);
    DefaultThreadFactory loops = new DefaultThreadFactory("pi-proxy");
    group =
        Epoll.isAvailable()
            ? new EpollEventLoopGroup(config.eventLoops(), loops)
            : new NioEventLoopGroup(config.eventLoops(), loops);
  }

  /**
   * Starts a proxy. Returns when it takes clients.
   *
   * @throws ConfigException if the data node can't be reached, or the address not be listened on
   */
  public static ProxyServer start(ProxyConfig config) {
    return start(new ProxyServer(config, null));
  }

  /**
   * As above, with a configuration that is read again when its file has changed, at RELOAD and at
   * {@link #reload}.
   *
   * @param config what was read from the file
   */
  public static ProxyServer start(ProxyConfig config, Path file, ConfigReader reader) {
    return start(new ProxyServer(config, to -> new ConfigFile(file, () -> reader.read(file), to)));
  }

  private static ProxyServer start(ProxyServer server) {
    try {
      server.open();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  /**
   * Reads configuration and rules again.
   *
   * @throws ConfigException or {@link io.piplan.dal.DalException} with what is wrong; what was in
   *     force stays
   */
  public void reload() {
    if (file != null) {
      file.reload();
    }
    if (routed != null) {
      routed.engine().reload();
    } else if (file == null) {
      throw new ConfigException("this proxy was started without a file that could be read again");
    }
  }

  /** As above; what is wrong is said in the log. */
  public void reloadQuietly() {
    try {
      reload();
    } catch (ConfigException | DalException e) {
      LOG.error("the configuration is refused, and what was read before stays: {}", e.getMessage());
    }
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

  /** For tests: what clients' long statements have. */
  UnfinishedStatements unfinished() {
    return unfinished;
  }

  /** For tests: who reads long texts. */
  ExecutorService readers() {
    return readers;
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
                  i,
                  new NodePool(
                      loop,
                      channelType(),
                      config.node().address(),
                      config.node().pool().part(i, parts)))
              : new Worker(loop, i, null);
      workers.add(worker);
      loop.scheduleWithFixedDelay(worker::sweep, 1, 1, TimeUnit.SECONDS);
    }
    if (config.rules() != null) {
      routed = RoutedEngine.start(config.rules(), new LiveNodes(workers, channelType()));
      admin.engine(new EngineTables(routed.engine()));
    }
    openJournal();
    if (file != null) {
      workers
          .get(0)
          .loop()
          .scheduleWithFixedDelay(() -> threads.execute(file::look), 1, 1, TimeUnit.SECONDS);
    }
    ProxyContext context = context(routed == null ? greeting() : routed.greeting());
    listening = listen(context, epoll);
    if (config.metrics() != null) {
      try {
        OperatorGauges gauges =
            new OperatorGauges(routed == null ? null : routed.engine(), threads);
        endpoint = new MetricsEndpoint(config.metrics(), () -> metricsText(gauges));
      } catch (IOException e) {
        throw new ConfigException("/metrics: cannot listen on " + config.metrics() + ": " + e, e);
      }
    }
    LOG.info(
        "listens on {}, {}",
        address(),
        routed == null ? "data node " + config.node().address() : "rules " + config.rules());
  }

  private void openJournal() {
    if (config.journal().equals(JournalSettings.NONE)) {
      return;
    }
    try {
      journal =
          new Journal(
              config.journal(),
              routed == null ? Journal.Routes.NONE : new EngineTables(routed.engine())::route);
      admin.statistics(journal.statistics());
    } catch (IOException e) {
      throw new ConfigException(
          "a log can't be written: " + e + "; correct the path, or its rights", e);
    }
  }

  private static Class<? extends Channel> channelType() {
    return Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  private String metricsText(OperatorGauges gauges) {
    return metrics.text(waitFor(admin.pools(), Duration.ofSeconds(5), "the figures of the pools"))
        + waitFor(admin.gauges(gauges), Duration.ofSeconds(10), "the figures of the nodes")
        + (routed == null ? "" : Metrics.endedByOthers(routed.engine().branchesEndedByOthers()))
        + (journal == null ? "" : journal.metrics());
  }

  private ProxyContext context(Handshake node) {
    int shared = Capability.SHAPES_RESPONSES & node.capabilities();
    if (!config.localInfile()) {
      shared &= ~Capability.LOCAL_FILES;
    }
    int tls = config.tls() == null ? 0 : Capability.SSL;
    return new ProxyContext(
        configs,
        node,
        OFFERED | shared | tls,
        new Commands(),
        sessions,
        metrics,
        admin,
        routed,
        journal,
        unfinished,
        readers);
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
    if (config.listen() instanceof DomainSocketAddress address) {
      StaleSocket.remove(address.path());
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
    threads.shutdownNow();
    readers.shutdownNow();
    if (journal != null) {
      journal.close();
    }
  }

  private void drain() {
    for (Worker worker : workers) {
      worker.loop().execute(() -> worker.clients().forEach(ClientConnection::drain));
    }
    long end = System.nanoTime() + configs.get().timeouts().drain().toNanos();
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
      ConfigReader reader = new ConfigReader(environment::get);
      Path file = Path.of(arguments[0]);
      server = start(reader.read(file), file, reader);
    } catch (ConfigException e) {
      System.err.println("pi-proxy: " + e.getMessage());
      System.exit(3);
      return;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "pi-proxy-drain"));
    Hangup.runs(server::reloadQuietly);
    System.out.println("listens on " + server.address());
    server.awaitEnd();
  }
}
