package io.piplan.proxy.server;

import io.netty.channel.Channel;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.wire.WireNodes;
import java.util.ArrayList;
import java.util.List;

/** A data node and its pools, one for each event loop. Several rules may share it. */
final class LiveNode {
  private final RuledNode rule;
  private final List<Worker> workers;
  private final List<WireNodes.Node> parts = new ArrayList<>();
  private int users;

  /** Pools of which nobody has a connection yet. */
  LiveNode(RuledNode rule, List<Worker> workers, Class<? extends Channel> channelType) {
    this.rule = rule;
    this.workers = List.copyOf(workers);
    for (Worker worker : workers) {
      NodePool pool =
          new NodePool(
              worker.loop(),
              channelType,
              rule.address(),
              rule.pool().part(worker.index(), workers.size()));
      parts.add(new WireNodes.Node(pool, rule.schema(), rule.replica()));
      worker.loop().execute(() -> worker.add(pool));
    }
  }

  RuledNode rule() {
    return rule;
  }

  /** For sessions of this event loop. */
  WireNodes.Node part(Worker worker) {
    return parts.get(worker.index());
  }

  void use() {
    users++;
  }

  /**
   * Rules that name it have ended.
   *
   * @return whether no others do
   */
  boolean leave() {
    users--;
    if (users > 0) {
      return false;
    }
    for (Worker worker : workers) {
      if (!worker.loop().isShuttingDown()) {
        worker.loop().execute(() -> part(worker).pool().leave());
      }
    }
    return true;
  }
}
