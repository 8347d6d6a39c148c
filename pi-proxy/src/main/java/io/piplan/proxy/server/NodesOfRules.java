package io.piplan.proxy.server;

import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import io.piplan.proxy.node.WireShape;
import io.piplan.proxy.protocol.Capability;
import io.piplan.proxy.protocol.Collations;
import io.piplan.proxy.routed.SessionWarnings;
import io.piplan.proxy.wire.WireNodes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The nodes that one version of the rules names. The engine's own connections to them are of the
 * first event loop; sessions have those of theirs.
 */
final class NodesOfRules implements NodeConnections {
  /**
   * Those of utf8mb4 that drivers log in with and all servers know. One that doesn't know the
   * collation takes its own charset, which may be none of Unicode.
   */
  private static final Set<Integer> OF_UTF8MB4 = Set.of(Collations.UTF8MB4_GENERAL_CI, 46, 224);

  /** By the number of the event loop. */
  private final List<Map<String, WireNodes.Node>> parts;

  private final Duration statementTimeout;
  private final Runnable closed;
  private final WireNodes own;
  private boolean open = true;

  /**
   * Nodes with pools.
   *
   * @param workers the first one's connections are used for what belongs to no session
   * @param closed called once, when the rules have ended
   */
  NodesOfRules(
      Map<String, LiveNode> nodes,
      Duration statementTimeout,
      List<Worker> workers,
      Runnable closed) {
    this.parts = workers.stream().map(worker -> parts(nodes, worker)).toList();
    this.statementTimeout = statementTimeout;
    this.closed = closed;
    this.own =
        of(
            workers.get(0),
            shape(Capability.DEPRECATE_EOF, Collations.UTF8MB4_GENERAL_CI),
            new SessionWarnings());
  }

  private static Map<String, WireNodes.Node> parts(Map<String, LiveNode> nodes, Worker worker) {
    Map<String, WireNodes.Node> parts = new LinkedHashMap<>();
    nodes.forEach((name, node) -> parts.put(name, node.part(worker)));
    return parts;
  }

  /**
   * Connections to the nodes for one session.
   *
   * @param shape of the session's connections
   */
  WireNodes of(Worker worker, WireShape shape, SessionWarnings warnings) {
    return new WireNodes(
        worker.loop(), parts.get(worker.index()), shape, statementTimeout, warnings);
  }

  /**
   * Nodes are spoken to in UTF-8, whatever the client's character set is, and get one statement at
   * a time.
   *
   * @param collation that its client's handshake named
   */
  static WireShape shape(int capabilities, int collation) {
    return new WireShape(
        capabilities & Capability.SHAPES_RESPONSES & ~Capability.MULTI_STATEMENTS,
        OF_UTF8MB4.contains(collation) ? collation : Collations.UTF8MB4_GENERAL_CI);
  }

  @Override
  public NodeConnection acquire(String node) {
    return own.acquire(node);
  }

  @Override
  public NodeConnection acquireAbove(String node) {
    return own.acquireAbove(node);
  }

  @Override
  public Set<String> nodes() {
    return own.nodes();
  }

  @Override
  public List<NodeFigures> figures() {
    return own.figures();
  }

  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      closed.run();
    }
  }
}
