package io.piplan.lcs.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.wire.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the server that leads and brings requests there; when it is lost, asks all known servers at
 * once until one of them leads. All on one event loop, except {@link #execute}.
 */
final class LeaderRouter {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderRouter.class);

  private static final long SWEEP_MILLIS = 25;
  private static final int ASK_AGAIN_MILLIS = 8;
  private static final int LONGEST_PAUSE_MILLIS = 200;

  /** For a server to say who it is; longer than for numbers, as it may be busy starting. */
  private static final long SILENT_NANOS = 5_000_000_000L;

  private final ClientOptions options;
  private final EventLoopGroup group = Transport.loops(1, "lcs-client");
  private final EventLoop loop = group.next();
  private final Map<Endpoint, Known> servers = new HashMap<>();
  private final ArrayDeque<Request> waiting = new ArrayDeque<>();
  private final DirectLine line;
  private volatile ServerConnection leader;
  private LcsException refusal;
  private String trouble = "no server was reached yet";
  private boolean closed;
  private volatile int largestCount = 1 << 16;
  private volatile long now = System.nanoTime();

  /** A server, its connection if there is one, and how often it was not reached in a row. */
  private static final class Known {
    private ServerConnection connection;
    private boolean connecting;
    private boolean askPlanned;
    private int failures;
  }

  LeaderRouter(ClientOptions options) {
    this.options = options;
    this.line = new DirectLine(options, this);
    options.servers().forEach(server -> servers.put(server, new Known()));
    var unused =
        loop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  static LcsException timedOut() {
    return new LcsException(
        LcsError.TIMED_OUT,
        "no answer within the time-out",
        "see that a majority of the servers run and reach each other, then try again");
  }

  static LcsException closedNow() {
    return new LcsException(LcsError.CLOSED, "the client is closed", "use another one");
  }

  static LcsException known(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof LcsException known
        ? known
        : new LcsException(LcsError.INTERNAL, String.valueOf(cause), "", cause);
  }

  /** Runs something on the event loop; false if the client is closed and has none any more. */
  boolean execute(Runnable action) {
    try {
      loop.execute(action);
      return true;
    } catch (RejectedExecutionException e) {
      LOG.debug("closed", e);
      return false;
    }
  }

  boolean inLoop() {
    return loop.inEventLoop();
  }

  DirectLine line() {
    return line;
  }

  /** The connection to the leader; null while none is known. Any thread may ask. */
  ServerConnection leader() {
    return leader;
  }

  int largestCount() {
    return largestCount;
  }

  long callTimeoutNanos() {
    return options.callTimeout().toNanos();
  }

  /** A time as {@link System#nanoTime}, some milliseconds old: good enough for deadlines. */
  long now() {
    return now;
  }

  void send(Request request) {
    if (closed) {
      request.failed(closedNow());
    } else if (refusal != null && leader == null) {
      LcsException refused = refusal;
      refusal = null;
      request.failed(refused);
    } else if (leader != null) {
      leader.send(request, System.nanoTime());
    } else {
      waiting.add(request);
      search();
    }
  }

  /** Sends again after a moment. */
  void later(Request request) {
    waiting.add(request);
    schedule(this::flush, pause(2 * ASK_AGAIN_MILLIS));
  }

  private void schedule(Runnable action, long millis) {
    if (!loop.isShuttingDown()) {
      var unused = loop.schedule(action, millis, TimeUnit.MILLISECONDS);
    }
  }

  private static long pause(int millis) {
    return 1L + millis / 2 + ThreadLocalRandom.current().nextInt(millis);
  }

  private void flush() {
    if (leader == null) {
      if (!waiting.isEmpty()) {
        search();
      }
      return;
    }
    for (int left = waiting.size(); left > 0 && leader != null; left--) {
      leader.send(waiting.poll(), System.nanoTime());
    }
  }

  private void search() {
    if (leader == null && !closed) {
      for (Map.Entry<Endpoint, Known> server : new ArrayList<>(servers.entrySet())) {
        ask(server.getKey(), server.getValue());
      }
    }
  }

  /** Has a server say whether it leads: it may have been elected since it was asked last. */
  private void ask(Endpoint endpoint, Known server) {
    if (server.connection == null) {
      connect(endpoint, server);
    } else if (!server.askPlanned) {
      server.connection.askWho();
    }
  }

  private void connect(Endpoint endpoint, Known server) {
    if (server.connection != null || server.connecting || closed) {
      return;
    }
    server.connecting = true;
    if (endpoint.isNumeric()) {
      connect(endpoint, server, endpoint.address());
      return;
    }
    // To look a name up may take seconds, in which this thread answers nobody.
    var unused =
        CompletableFuture.supplyAsync(endpoint::address)
            .thenAccept(address -> execute(() -> connect(endpoint, server, address)));
  }

  private void connect(Endpoint endpoint, Known server, InetSocketAddress address) {
    if (closed) {
      return;
    }
    ServerConnection connection = new ServerConnection(endpoint, options.token(), this);
    new Bootstrap()
        .group(loop)
        .channel(Transport.clientChannel())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) options.connectTimeout().toMillis())
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                options
                    .tls()
                    .ifPresent(
                        tls ->
                            channel
                                .pipeline()
                                .addLast(
                                    tls.newHandler(
                                        channel.alloc(), endpoint.host(), endpoint.port())));
                channel.pipeline().addLast(connection);
              }
            })
        .connect(address)
        .addListener(
            done -> {
              server.connecting = false;
              if (done.isSuccess()) {
                server.connection = connection;
                server.failures = 0;
                if (closed) {
                  connection.close();
                }
              } else {
                notReached(endpoint, server, done.cause());
              }
            });
  }

  private void notReached(Endpoint endpoint, Known server, Throwable cause) {
    trouble = endpoint + ": " + cause.getMessage();
    server.failures++;
    int wait = Math.min(LONGEST_PAUSE_MILLIS, 10 << Math.min(5, server.failures));
    if (leader == null && !waiting.isEmpty()) {
      schedule(() -> searchAt(endpoint, server), pause(wait));
    }
  }

  private void searchAt(Endpoint endpoint, Known server) {
    if (leader == null && !waiting.isEmpty()) {
      connect(endpoint, server);
    }
  }

  /** A server has said whether it leads, and who else may. */
  void welcome(ServerConnection from, boolean leads, int largest, String leaderAddress) {
    refusal = null;
    if (leads) {
      largestCount = largest;
      leader = from;
      flush();
      closeOthers();
      return;
    }
    if (leader == from) {
      leader = null;
    }
    sendToAny(from);
    if (leader == null) {
      planToAsk(from);
      learn(leaderAddress);
    } else {
      // It came late: nobody would hear from it any more.
      from.close();
    }
  }

  private void planToAsk(ServerConnection connection) {
    Known server = servers.get(connection.endpoint());
    if (!server.askPlanned) {
      server.askPlanned = true;
      schedule(() -> askAgain(server), pause(ASK_AGAIN_MILLIS));
    }
  }

  private void askAgain(Known server) {
    server.askPlanned = false;
    if (leader == null && !waiting.isEmpty() && server.connection != null) {
      server.connection.askWho();
    }
  }

  private void sendToAny(ServerConnection member) {
    List<Request> forAny = waiting.stream().filter(Request::anyMember).toList();
    waiting.removeAll(forAny);
    forAny.forEach(request -> member.send(request, System.nanoTime()));
  }

  private void closeOthers() {
    for (Known server : servers.values()) {
      if (server.connection != null && server.connection != leader) {
        server.connection.close();
      }
    }
  }

  private void learn(String address) {
    if (address.isEmpty()) {
      return;
    }
    Endpoint endpoint = Endpoint.parse(address);
    ask(endpoint, servers.computeIfAbsent(endpoint, unused -> new Known()));
  }

  /** The server that was asked doesn't lead any more. */
  void notLeading(ServerConnection from, Request request, String leaderAddress) {
    waiting.add(request);
    if (leader == from) {
      leader = null;
      planToAsk(from);
    }
    if (leader == null) {
      learn(leaderAddress);
      search();
    } else {
      flush();
    }
  }

  /** What happened to a connection, for the log and for messages. */
  void note(ServerConnection connection, Throwable cause) {
    trouble = connection.endpoint() + ": " + cause.getMessage();
    LOG.debug("connection to {}", connection.endpoint(), cause);
  }

  /** A server doesn't want to talk to us. */
  void refused(ServerConnection by, LcsException why) {
    trouble = by.endpoint() + ": " + why.getMessage();
    if (!why.error().retryable()) {
      List<Request> all = new ArrayList<>(waiting);
      waiting.clear();
      refusal = all.isEmpty() ? why : null;
      all.forEach(request -> request.failed(why));
    }
  }

  void lost(ServerConnection connection) {
    Known server = servers.get(connection.endpoint());
    if (server.connection == connection) {
      server.connection = null;
    }
    if (leader == connection) {
      leader = null;
    }
    List<Request> unanswered = connection.takeAsked();
    if (closed) {
      unanswered.forEach(request -> request.failed(closedNow()));
      return;
    }
    long givenUpAt = System.nanoTime();
    for (Request request : unanswered) {
      // Else it might be asked again and again, for as long as somebody else waits.
      if (!request.expire(givenUpAt)) {
        waiting.add(request);
      }
    }
    if (leader != null) {
      flush();
    } else if (!waiting.isEmpty()) {
      if (!connection.greeted()) {
        server.failures++;
      }
      int wait = Math.min(LONGEST_PAUSE_MILLIS, 10 << Math.min(5, server.failures));
      schedule(() -> searchAt(connection.endpoint(), server), pause(wait));
      searchElsewhere(connection.endpoint());
    }
  }

  private void searchElsewhere(Endpoint lost) {
    for (Map.Entry<Endpoint, Known> server : new ArrayList<>(servers.entrySet())) {
      if (!server.getKey().equals(lost)) {
        ask(server.getKey(), server.getValue());
      }
    }
  }

  private void sweep() {
    now = System.nanoTime();
    long attempt = options.attemptTimeout().toNanos();
    for (Known server : new ArrayList<>(servers.values())) {
      ServerConnection connection = server.connection;
      if (connection != null && now - connection.oldest(now) > attempt) {
        trouble = connection.endpoint() + ": no answer within " + options.attemptTimeout();
        connection.close();
      } else if (connection != null && connection.silentFor(now) > SILENT_NANOS) {
        trouble = connection.endpoint() + ": doesn't say whether it leads";
        connection.close();
      }
    }
    Endpoint silent = line.breakOff(now, attempt);
    if (silent != null && leader != null && leader.endpoint().equals(silent)) {
      trouble = silent + ": no answer within " + options.attemptTimeout();
      leader.close();
    }
    for (Iterator<Request> each = waiting.iterator(); each.hasNext(); ) {
      if (each.next().expire(now)) {
        each.remove();
        LOG.debug("given up, last trouble: {}", trouble);
      }
    }
  }

  void close() {
    line.close();
    boolean first =
        execute(
            () -> {
              closed = true;
              List<Request> all = new ArrayList<>(waiting);
              waiting.clear();
              for (Known server : servers.values()) {
                if (server.connection != null) {
                  all.addAll(server.connection.takeAsked());
                  server.connection.close();
                }
              }
              all.forEach(request -> request.failed(closedNow()));
            });
    if (!first) {
      return;
    }
    var unused = group.shutdownGracefully(20, 2_000, TimeUnit.MILLISECONDS);
    if (!loop.inEventLoop()) {
      group.terminationFuture().awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
  }
}
