package io.piplan.proxy.admin;

import io.piplan.proxy.node.NodePool;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A data node as one event loop sees it.
 *
 * @param trouble what went wrong at the last try to connect; empty if all is well
 * @param cut whether sessions are refused at once
 * @param leaves whether no rules name it any more
 */
public record NodeFigures(
    String name, String address, String trouble, boolean cut, boolean leaves) {
  public static NodeFigures of(NodePool pool) {
    return new NodeFigures(
        pool.node().name(),
        pool.node().host() + ":" + pool.node().port(),
        pool.trouble(),
        pool.isCut(),
        pool.isLeaving());
  }

  /** One a node, in the order of their names. */
  public static Collection<NodeFigures> byName(List<NodeFigures> ofAllLoops) {
    Map<String, NodeFigures> byName = new TreeMap<>();
    ofAllLoops.forEach(one -> byName.merge(one.name(), one, NodeFigures::or));
    return byName.values();
  }

  /**
   * Which of two event loops' views to show: rather the one with trouble, and of the node in use.
   */
  public NodeFigures or(NodeFigures other) {
    if (leaves != other.leaves) {
      return leaves ? other : this;
    }
    return trouble.isEmpty() ? other : this;
  }
}
