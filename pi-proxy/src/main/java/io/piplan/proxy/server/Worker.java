package io.piplan.proxy.server;

import io.netty.channel.EventLoop;
import io.piplan.proxy.node.NodePool;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One event loop, its part of the pool, and the clients that it serves. Only for its thread. */
final class Worker {
  private final EventLoop loop;
  private final NodePool pool;
  private final Set<ClientConnection> clients = new HashSet<>();

  /**
   * @param pool null where statements run over several nodes
   */
  Worker(EventLoop loop, NodePool pool) {
    this.loop = loop;
    this.pool = pool;
  }

  EventLoop loop() {
    return loop;
  }

  NodePool pool() {
    return pool;
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
    if (pool != null) {
      pool.sweep();
    }
  }
}
