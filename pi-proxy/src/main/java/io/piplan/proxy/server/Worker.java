package io.piplan.proxy.server;

import io.netty.channel.EventLoop;
import io.piplan.proxy.node.NodePool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One event loop, its part of the pool, and the clients that it serves. Only for its thread. */
final class Worker {
  private final EventLoop loop;
  private final NodePool pool;
  private final int index;
  private final List<NodePool> pools = new ArrayList<>();
  private final Set<ClientConnection> clients = new HashSet<>();
  private final KnownHeads heads = new KnownHeads();

  /**
   * @param index from 0
   * @param pool null where statements run over several nodes
   */
  Worker(EventLoop loop, int index, NodePool pool) {
    this.loop = loop;
    this.index = index;
    this.pool = pool;
    if (pool != null) {
      pools.add(pool);
    }
  }

  int index() {
    return index;
  }

  EventLoop loop() {
    return loop;
  }

  NodePool pool() {
    return pool;
  }

  KnownHeads heads() {
    return heads;
  }

  /** The pools of all nodes, those too that are no longer needed and still used. */
  List<NodePool> pools() {
    return List.copyOf(pools);
  }

  /** A node has come. */
  void add(NodePool fresh) {
    pools.add(fresh);
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
    pools.forEach(NodePool::sweep);
    pools.removeIf(NodePool::hasLeft);
  }
}
