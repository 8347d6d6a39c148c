package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * All nodes that transactions may still be on: those of the rules in force, and those of earlier
 * rules until they are closed, but of those that are gone for good.
 */
final class LiveNodes implements NodeConnections {
  private final Supplier<List<Generation>> generations;

  /**
   * Nodes that change.
   *
   * @param generations the newest first
   */
  LiveNodes(Supplier<List<Generation>> generations) {
    this.generations = generations;
  }

  @Override
  public NodeConnection acquire(String node) {
    return of(node).acquire(node);
  }

  @Override
  public NodeConnection acquireAbove(String node) {
    return of(node).acquireAbove(node);
  }

  private NodeConnections of(String node) {
    for (Generation generation : generations.get()) {
      if (generation.there().contains(node)) {
        return generation.nodes();
      }
    }
    throw new DalException(DalError.CONFIGURATION, "there is no node " + node);
  }

  @Override
  public Set<String> nodes() {
    Set<String> all = new LinkedHashSet<>();
    generations.get().forEach(generation -> all.addAll(generation.there()));
    return all;
  }

  @Override
  public List<NodeFigures> figures() {
    return generations.get().stream()
        .flatMap(generation -> generation.nodes().figures().stream())
        .toList();
  }

  /** The generations are closed by the engine. */
  @Override
  public void close() {
    // Nothing is its own.
  }
}
