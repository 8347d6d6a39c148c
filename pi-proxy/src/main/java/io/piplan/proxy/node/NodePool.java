package io.piplan.proxy.node;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ErrPacket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Connections of one event loop to one data node.
 *
 * <p>A session that has ended its statement leaves the connection idle but keeps its name on it:
 * its next statement goes there again without a word. Only when the pool is at its limit is the
 * connection that is idle longest given to somebody else, after a reset.
 */
@SuppressWarnings("FutureReturnValueIgnored") // listeners take the outcome
public final class NodePool {
  private static final int FAILURES_TO_OPEN = 3;
  private static final Duration SLACK = Duration.ofSeconds(5);
  private static final long OPEN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What a session needs. */
  public record Request(WireShape shape, SessionSettings settings, String schema, NodeUser user) {}

  /** Figures at one moment. */
  public record Figures(String node, int total, int idle, int busy, int waiting, int maximum) {}

  /** One wish for a connection. */
  public static final class Wish {
    private final Request request;
    private final Consumer<NodeConnection> given;
    private final Consumer<ErrPacket> refused;
    private ScheduledFuture<?> timeout;
    private boolean over;

    private Wish(Request request, Consumer<NodeConnection> given, Consumer<ErrPacket> refused) {
      this.request = request;
      this.given = given;
      this.refused = refused;
    }

    /** Nobody wants it any more. */
    public void cancel() {
      over = true;
    }

    private boolean end() {
      boolean first = !over;
      over = true;
      if (timeout != null) {
        timeout.cancel(false);
      }
      return first;
    }
  }

  private final EventLoop loop;
  private final Class<? extends Channel> channelType;
  private final NodeAddress node;
  private final PoolLimits limits;
  private final Set<NodeConnection> idle = new LinkedHashSet<>();
  private final Deque<Wish> waiting = new ArrayDeque<>();
  private int total;
  private int failures;
  private long openUntil;
  private String lastFailure = "";
  private boolean closed;
  private boolean leaving;
  private boolean probing;

  public NodePool(
      EventLoop loop, Class<? extends Channel> channelType, NodeAddress node, PoolLimits limits) {
    this.loop = loop;
    this.channelType = channelType;
    this.node = node;
    this.limits = limits;
  }

  public NodeAddress node() {
    return node;
  }

  public Figures figures() {
    return new Figures(
        node.name(), total, idle.size(), total - idle.size(), waiting.size(), limits.maximum());
  }

  /**
   * Whether the node has failed so often that sessions are refused at once. It is tried once a
   * second, and sessions get connections again when that succeeds.
   */
  public boolean isCut() {
    return failures >= FAILURES_TO_OPEN;
  }

  /** The last failure to connect while no connection succeeds; empty if all is well. */
  public String trouble() {
    return failures == 0 ? "" : lastFailure;
  }

  /**
   * Gets a connection, now or later, in the state that is asked for. Exactly one of the two is
   * called, unless the wish is cancelled before.
   */
  public Wish acquire(
      Request request, Consumer<NodeConnection> given, Consumer<ErrPacket> refused) {
    Wish wish = new Wish(request, given, refused);
    NodeConnection ready = first(c -> Preparation.isNone(c, request) && c.user == null);
    if (ready == null) {
      ready = first(c -> c.user == null && Preparation.isPossible(c, request));
    }
    if (ready != null) {
      take(ready);
      prepare(ready, wish);
    } else if (total < limits.maximum()) {
      open(wish);
    } else if (!idle.isEmpty()) {
      reuse(idle.iterator().next(), wish);
    } else {
      waitFor(wish);
    }
    return wish;
  }

  /**
   * As {@link #acquire}, and above the limit if all are in use: for what sessions that have them
   * may be waiting for. Such a connection is closed when it is given back.
   */
  public void acquireAbove(
      Request request, Consumer<NodeConnection> given, Consumer<ErrPacket> refused) {
    if (total < limits.maximum() || !idle.isEmpty() || closed || isCut()) {
      acquire(request, given, refused);
      return;
    }
    Wish wish = new Wish(request, given, refused);
    connect(
        request.shape(),
        connection -> {
          failures = 0;
          // It has no place in the pool.
          connection.forgotten = true;
          connection.whenLost(() -> forget(connection));
          prepare(connection, wish);
        },
        failure -> {
          failed(failure);
          if (wish.end()) {
            wish.refused.accept(ErrPacket.of(failure));
          }
        });
  }

  private NodeConnection first(java.util.function.Predicate<NodeConnection> wanted) {
    for (NodeConnection connection : idle) {
      if (connection.isOpen() && wanted.test(connection)) {
        return connection;
      }
    }
    return null;
  }

  private void take(NodeConnection connection) {
    idle.remove(connection);
    NodeUser before = connection.user;
    connection.user = null;
    if (before != null) {
      before.connectionTaken(connection);
    }
  }

  /** At the limit: this idle connection serves, or makes room for a new one. */
  private void reuse(NodeConnection connection, Wish wish) {
    take(connection);
    if (Preparation.isPossible(connection, wish.request)) {
      prepare(connection, wish);
    } else {
      discard(connection);
      open(wish);
    }
  }

  private void waitFor(Wish wish) {
    waiting.add(wish);
    wish.timeout =
        loop.schedule(
            () -> {
              waiting.remove(wish);
              if (wish.end()) {
                wish.refused.accept(
                    error(
                        ProxyError.NODE_BUSY,
                        "no connection to node "
                            + node.name()
                            + " within "
                            + limits.acquireTimeout().toMillis()
                            + " ms: all "
                            + limits.maximum()
                            + " are in use; raise maximum_pool_size or acquire_timeout"));
              }
            },
            limits.acquireTimeout().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static ErrPacket error(ProxyError error, String message) {
    return ErrPacket.of(new ProxyException(error, message));
  }

  private void open(Wish wish) {
    if (closed || isCut()) {
      if (wish.end()) {
        wish.refused.accept(
            error(
                ProxyError.NODE_UNREACHABLE,
                closed ? "the proxy shuts down" : lastFailure + " (tried again within a second)"));
      }
      return;
    }
    total++;
    connect(
        wish.request.shape(),
        connection -> {
          failures = 0;
          connection.whenLost(() -> forget(connection));
          prepare(connection, wish);
        },
        failure -> {
          total--;
          failed(failure);
          if (wish.end()) {
            wish.refused.accept(ErrPacket.of(failure));
          }
          serveWaiting();
        });
  }

  private void failed(ProxyException failure) {
    failures++;
    lastFailure = failure.getMessage();
    openUntil = System.nanoTime() + OPEN_NANOS;
  }

  private void connect(
      WireShape shape, Consumer<NodeConnection> opened, Consumer<ProxyException> refused) {
    NodeLogin login =
        new NodeLogin(
            node,
            shape,
            new NodeLogin.Outcome() {
              @Override
              public void loggedIn(NodeConnection connection) {
                opened.accept(connection);
              }

              @Override
              public void failed(ProxyException failure) {
                refused.accept(failure);
              }
            });
    ChannelFuture connecting =
        new Bootstrap()
            .group(loop)
            .channel(channelType)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) node.connectTimeout().toMillis())
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(login);
                  }
                })
            .connect(node.host(), node.port());
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            login.notConnected(done.cause());
          }
        });
  }

  private void prepare(NodeConnection connection, Wish wish) {
    ScheduledFuture<?> limit =
        Preparation.isNone(connection, wish.request) ? null : endLater(connection, "SET");
    Preparation.run(
        connection,
        wish.request,
        () -> {
          over(limit);
          if (wish.end()) {
            connection.user = wish.request.user();
            wish.given.accept(connection);
          } else {
            giveBack(connection);
          }
        },
        refusal -> {
          over(limit);
          if (connection.isOpen()) {
            giveBack(connection);
          } else {
            forget(connection);
          }
          if (wish.end()) {
            wish.refused.accept(refusal);
          }
        });
  }

  /** A node that hangs must not hold up who waits for it, nor a place in the pool. */
  private ScheduledFuture<?> endLater(NodeConnection connection, String what) {
    long millis = patience().toMillis();
    return loop.schedule(
        () -> connection.end("no answer to " + what + " within " + millis + " ms"),
        millis,
        TimeUnit.MILLISECONDS);
  }

  private static void over(ScheduledFuture<?> limit) {
    if (limit != null) {
      limit.cancel(false);
    }
  }

  /** How long what the proxy itself sends to a node may take. */
  private Duration patience() {
    return node.connectTimeout().plus(SLACK);
  }

  /** Within this time a wish is answered, one way or the other. */
  public Duration longestWait() {
    // It waits for its turn, a connection is made, logs in, and is prepared.
    return limits.acquireTimeout().plus(node.connectTimeout().multipliedBy(2)).plus(patience());
  }

  /** The user is between two statements: it may go on at any time by {@link #goOn}. */
  public void pause(NodeConnection connection) {
    connection.usedAt = System.nanoTime();
    if ((leaving || connection.forgotten) && connection.kills == 0) {
      take(connection);
      discard(connection);
      return;
    }
    if (connection.kills > 0) {
      // Whoever got it now could be hit by what was meant for the one before.
      connection.waitsForKill = true;
      return;
    }
    idle.add(connection);
    serveWaiting();
  }

  /** Takes a paused connection up again. */
  public void goOn(NodeConnection connection) {
    connection.waitsForKill = false;
    idle.remove(connection);
  }

  /**
   * Stops what runs on a connection. Until the server has answered, nobody else gets it.
   *
   * @param statement {@code KILL} or {@code KILL QUERY}
   */
  public void kill(
      NodeConnection connection,
      String statement,
      Runnable succeeded,
      Consumer<ErrPacket> refused) {
    connection.kills++;
    Reply killed = connection.awaited();
    ScheduledFuture<?> limit = endLater(connection, statement);
    aside(
        statement + " " + Integer.toUnsignedString(connection.handshake().connectionId()),
        () -> {
          killAnswered(connection, limit);
          succeeded.run();
        },
        error -> {
          killAnswered(connection, limit);
          endUnlessAnswered(connection, killed);
          refused.accept(error);
        });
  }

  /** What could not be stopped may never end: its node is frozen or cut off. */
  private void endUnlessAnswered(NodeConnection connection, Reply killed) {
    if (killed != null && connection.awaited() == killed) {
      loop.schedule(
          () -> {
            if (connection.awaited() == killed) {
              connection.end("its statement could not be stopped, and did not end by itself");
            }
          },
          SLACK.toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  private void killAnswered(NodeConnection connection, ScheduledFuture<?> limit) {
    limit.cancel(false);
    connection.kills--;
    if (connection.kills > 0 || !connection.waitsForKill) {
      return;
    }
    connection.waitsForKill = false;
    if (closed || leaving || !connection.isOpen()) {
      take(connection);
      discard(connection);
    } else {
      pause(connection);
    }
  }

  /** The user needs it no longer; what it did there is undone before the next one gets it. */
  public void giveBack(NodeConnection connection) {
    connection.user = null;
    if (closed || !connection.isOpen() || connection.isBusy()) {
      discard(connection);
      serveWaiting();
    } else {
      pause(connection);
    }
  }

  /**
   * The user is gone in the middle of a statement: that is stopped, and the connection has its
   * place until the server has ended it.
   */
  public void abandon(NodeConnection connection) {
    connection.user = null;
    kill(
        connection,
        "KILL",
        () ->
            loop.schedule(() -> discardIfOpen(connection), SLACK.toMillis(), TimeUnit.MILLISECONDS),
        refusal -> discardIfOpen(connection));
  }

  private void discardIfOpen(NodeConnection connection) {
    if (connection.isOpen()) {
      discard(connection);
    }
  }

  /** Closes a connection that nobody may have again. */
  public void discard(NodeConnection connection) {
    connection.user = null;
    connection.close();
    forget(connection);
  }

  /** A connection that was lost; the user was told or tells it. */
  public void forget(NodeConnection connection) {
    idle.remove(connection);
    connection.waitsForKill = false;
    if (!connection.forgotten) {
      connection.forgotten = true;
      total--;
    }
    loop.execute(this::serveWaiting);
  }

  private void serveWaiting() {
    while (!waiting.isEmpty() && (!idle.isEmpty() || total < limits.maximum())) {
      Wish wish = waiting.poll();
      if (wish.over) {
        continue;
      }
      if (!idle.isEmpty()) {
        reuse(idle.iterator().next(), wish);
      } else {
        open(wish);
      }
    }
  }

  /** Closes what was idle for too long, and tries a node that fails; about once a second. */
  public void sweep() {
    if (isCut() && !probing && !closed && System.nanoTime() - openUntil >= 0) {
      probe();
    }
    long oldest = System.nanoTime() - limits.idleTimeout().toNanos();
    List<NodeConnection> late = new ArrayList<>();
    for (NodeConnection connection : idle) {
      if (!connection.isOpen()
          || (total - late.size() > limits.minimum() && connection.usedAt - oldest < 0)) {
        late.add(connection);
      }
    }
    for (NodeConnection connection : late) {
      take(connection);
      discard(connection);
    }
  }

  private void probe() {
    probing = true;
    connect(
        new WireShape(0, 45),
        connection -> {
          probing = false;
          failures = 0;
          connection.close();
          serveWaiting();
        },
        failure -> {
          probing = false;
          failed(failure);
        });
  }

  /**
   * Runs a statement on a connection of its own, above all limits, e.g. to kill another.
   *
   * @param refused gets why it failed
   */
  public void aside(String sql, Runnable succeeded, Consumer<ErrPacket> refused) {
    connect(
        new WireShape(0, 45),
        connection -> {
          ScheduledFuture<?> limit = endLater(connection, sql);
          connection.run(
              sql,
              () -> {
                limit.cancel(false);
                connection.close();
                succeeded.run();
              },
              error -> {
                limit.cancel(false);
                connection.close();
                refused.accept(error);
              });
        },
        failure -> refused.accept(ErrPacket.of(failure)));
  }

  /** Asks the node for its handshake: its version and what it can do. */
  public void greet(
      Consumer<io.piplan.proxy.protocol.Handshake> greeted, Consumer<ProxyException> refused) {
    connect(
        new WireShape(0, 45),
        connection -> {
          connection.close();
          greeted.accept(connection.handshake());
        },
        refused);
  }

  /**
   * Its node is no longer needed: keeps no connection that nobody uses. Who still comes gets one,
   * which is closed when it is given back.
   */
  public void leave() {
    leaving = true;
    for (NodeConnection connection : List.copyOf(idle)) {
      take(connection);
      discard(connection);
    }
  }

  /** Whether its node is no longer needed. */
  public boolean isLeaving() {
    return leaving;
  }

  /** Whether nobody uses it, and it keeps nothing. */
  public boolean hasLeft() {
    return leaving && total == 0 && waiting.isEmpty();
  }

  /** Closes idle connections; others when they are given back. */
  public void close() {
    closed = true;
    for (NodeConnection connection : List.copyOf(idle)) {
      take(connection);
      discard(connection);
    }
  }
}
