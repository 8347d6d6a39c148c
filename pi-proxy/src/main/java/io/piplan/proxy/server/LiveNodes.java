package io.piplan.proxy.server;

import io.netty.channel.Channel;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All data nodes that rules name or have named. Rules that come share the pools of nodes that are
 * as before; those that go leave them, and a node that no rules name any more loses its connections
 * as they become free. Used from any thread.
 */
final class LiveNodes {
  private final List<Worker> workers;
  private final Class<? extends Channel> channelType;
  private final List<LiveNode> all = new ArrayList<>();

  LiveNodes(List<Worker> workers, Class<? extends Channel> channelType) {
    this.workers = List.copyOf(workers);
    this.channelType = channelType;
  }

  /**
   * The nodes of some rules. Nothing is connected yet.
   *
   * @throws DalException if a node has the name of another one that is still used
   */
  synchronized NodesOfRules open(List<RuledNode> wanted, Duration statementTimeout) {
    wanted.forEach(this::checkPlace);
    Map<String, LiveNode> nodes = new LinkedHashMap<>();
    for (RuledNode rule : wanted) {
      LiveNode node =
          all.stream()
              .filter(known -> known.rule().isSameAs(rule))
              .findFirst()
              .orElseGet(() -> added(rule));
      node.use();
      nodes.put(rule.name(), node);
    }
    return new NodesOfRules(nodes, statementTimeout, workers, () -> leave(nodes));
  }

  private LiveNode added(RuledNode rule) {
    LiveNode node = new LiveNode(rule, workers, channelType);
    all.add(node);
    return node;
  }

  /** Prepared transactions are looked for by the name of their node. */
  private void checkPlace(RuledNode rule) {
    for (LiveNode node : all) {
      if (node.rule().name().equals(rule.name()) && !node.rule().isSamePlaceAs(rule)) {
        throw new DalException(
            DalError.CONFIGURATION,
            "node "
                + rule.name()
                + " is at "
                + rule
                + " now and was at "
                + node.rule()
                + ", where transactions of it may be under way; give the new place a name of its"
                + " own, or start the proxy again");
      }
    }
  }

  private synchronized void leave(Map<String, LiveNode> nodes) {
    for (LiveNode node : nodes.values()) {
      if (node.leave()) {
        all.remove(node);
      }
    }
  }
}
