package io.piplan.proxy.wire;

import io.netty.channel.EventLoop;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.node.NodeUser;
import io.piplan.proxy.node.SessionSettings;
import io.piplan.proxy.node.WireShape;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.routed.SessionWarnings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Connections to all nodes for one session, out of the pools of its event loop. */
public final class WireNodes implements NodeConnections {
  private final EventLoop loop;
  private final Map<String, Node> nodes;
  private final WireShape shape;
  private final Duration statementTimeout;
  private final SessionWarnings warnings;

  /**
   * One node.
   *
   * @param schema in which its actual tables are
   * @param replica whether it only answers reads
   */
  public record Node(NodePool pool, String schema, boolean replica) {
    private static final SessionSettings.Setting READ_ONLY =
        new SessionSettings.Setting("access", "SET SESSION TRANSACTION READ ONLY", false);

    /** What a connection to it must have, beside what a session has set. */
    public SessionSettings settings(SessionSettings own) {
      if (!replica) {
        return own;
      }
      List<SessionSettings.Setting> all = new ArrayList<>();
      all.add(READ_ONLY);
      all.addAll(own.settings());
      return new SessionSettings(all);
    }
  }

  public WireNodes(
      EventLoop loop,
      Map<String, Node> nodes,
      WireShape shape,
      Duration statementTimeout,
      SessionWarnings warnings) {
    this.loop = loop;
    this.nodes = nodes;
    this.shape = shape;
    this.statementTimeout = statementTimeout;
    this.warnings = warnings;
  }

  /**
   * One of them.
   *
   * @throws DalException if there is none of this name
   */
  public Node node(String name) {
    Node node = nodes.get(name);
    if (node == null) {
      throw new DalException(DalError.CONFIGURATION, "there is no node " + name);
    }
    return node;
  }

  /** How long a statement may run there. */
  public Duration statementTimeout() {
    return statementTimeout;
  }

  @Override
  public NodeConnection acquire(String name) {
    Node node = node(name);
    return acquire(node, (request, given, refused) -> node.pool().acquire(request, given, refused));
  }

  @Override
  public NodeConnection acquireAbove(String name) {
    Node node = node(name);
    return acquire(node, node.pool()::acquireAbove);
  }

  /** Asks a pool, on its event loop. */
  private interface Asking {
    void ask(
        NodePool.Request request,
        Consumer<io.piplan.proxy.node.NodeConnection> given,
        Consumer<ErrPacket> refused);
  }

  private NodeConnection acquire(Node node, Asking asking) {
    String name = node.pool().node().name();
    CompletableFuture<io.piplan.proxy.node.NodeConnection> given = new CompletableFuture<>();
    NodePool.Request request =
        new NodePool.Request(
            shape, node.settings(SessionSettings.NONE), node.schema(), new Nobody());
    Duration limit = node.pool().longestWait();
    try {
      loop.execute(
          () ->
              asking.ask(
                  request,
                  connection -> {
                    if (!given.complete(connection)) {
                      node.pool().giveBack(connection);
                    }
                  },
                  error -> given.completeExceptionally(new Refusal(error))));
      return new WireConnection(
          name, given.get(limit.toMillis(), TimeUnit.MILLISECONDS), owner(node), warnings);
    } catch (RejectedExecutionException e) {
      throw new DalException(DalError.CLOSED, "the proxy shuts down", e);
    } catch (InterruptedException e) {
      given.cancel(false);
      Thread.currentThread().interrupt();
      throw new DalException(DalError.KILLED, "Query execution was interrupted", e);
    } catch (TimeoutException e) {
      // One that comes later is given back.
      given.cancel(false);
      throw new DalException(
          DalError.NODE_UNREACHABLE, "no connection to node " + name + " within " + limit, e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Refusal refusal
          ? refused(refusal.error)
          : new DalException(DalError.NODE_PROTOCOL, String.valueOf(e.getCause()), e);
    }
  }

  /**
   * For PiDAL, a connection that was got from the pool by others of the same event loop; it goes
   * back there.
   */
  public WireConnection taken(io.piplan.proxy.node.NodeConnection connection) {
    String name = connection.node().name();
    return new WireConnection(name, connection, owner(nodes.get(name)), warnings);
  }

  private WireConnection.Owner owner(Node node) {
    return new WireConnection.Owner(loop, node.pool(), statementTimeout);
  }

  /** Why there is no connection, as PiDAL says it. */
  public static DalException refused(ErrPacket error) {
    if (error.number() == ProxyError.NODE_BUSY.number()) {
      return new DalException(DalError.NO_CONNECTION_IN_TIME, error.message());
    }
    if (error.number() == ProxyError.NODE_UNREACHABLE.number()
        || error.number() == ProxyError.NODE_LOST.number()) {
      return new DalException(DalError.NODE_UNREACHABLE, error.message());
    }
    return DalException.ofNode(error.number(), error.sqlState(), error.message(), null);
  }

  @Override
  public void warn(String message) {
    warnings.warn(message);
  }

  @Override
  public Set<String> nodes() {
    return nodes.entrySet().stream()
        .filter(node -> !node.getValue().replica())
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Of this event loop's pools; not to be called by the event loop itself. */
  @Override
  public List<NodeFigures> figures() {
    return CompletableFuture.supplyAsync(
            () -> nodes.values().stream().map(node -> figures(node.pool())).toList(), loop)
        .join();
  }

  private static NodeFigures figures(NodePool pool) {
    NodePool.Figures now = pool.figures();
    return new NodeFigures(
        now.node(),
        pool.node().host() + ":" + pool.node().port(),
        now.total(),
        now.idle(),
        now.waiting(),
        now.maximum());
  }

  /** The pools are their event loops'. */
  @Override
  public void close() {
    // Nothing is this object's own.
  }

  /** Carries a refusal out of the event loop. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient ErrPacket error;

    Refusal(ErrPacket error) {
      super(error.message());
      this.error = error;
    }
  }

  /** A connection that PiDAL has is never idle in the pool: there is nothing to be told. */
  private static final class Nobody implements NodeUser {
    @Override
    public void connectionTaken(io.piplan.proxy.node.NodeConnection connection) {
      throw new IllegalStateException("a connection in use was given away");
    }

    @Override
    public void connectionLost(io.piplan.proxy.node.NodeConnection connection) {
      // Its next statement finds out.
    }
  }
}
