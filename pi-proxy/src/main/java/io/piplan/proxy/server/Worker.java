package io.piplan.proxy.server;

import io.netty.channel.EventLoop;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.wire.WireNodes;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One event loop, its part of the pool, and the clients that it serves. Only for its thread. */
final class Worker {
  private final EventLoop loop;
  private final NodePool pool;
  private final Map<String, WireNodes.Node> nodes;
  private final Set<ClientConnection> clients = new HashSet<>();

  /**
   * @param pool null where statements run over several nodes
   * @param nodes those; empty where there is one
   */
  Worker(EventLoop loop, NodePool pool, Map<String, WireNodes.Node> nodes) {
    this.loop = loop;
    this.pool = pool;
    this.nodes = Map.copyOf(nodes);
  }

  EventLoop loop() {
    return loop;
  }

  NodePool pool() {
    return pool;
  }

  Map<String, WireNodes.Node> nodes() {
    return nodes;
  }

  /** The pools of all nodes. */
  List<NodePool> pools() {
    return pool != null
        ? List.of(pool)
        : nodes.values().stream().map(WireNodes.Node::pool).toList();
  }

  void add(ClientConnection client) {
    clients.add(client);
  }

  void remove(ClientConnection client) {
    clients.remove(client);
  }

  List<ClientConnection> clients() {
    return List.copyOf(clients);
  }

  /** About once a second: who is too slow, what is idle for too long. */
  void sweep() {
    long now = System.nanoTime();
    for (ClientConnection client : clients()) {
      client.checkTimes(now);
    }
    pools().forEach(NodePool::sweep);
  }
}
