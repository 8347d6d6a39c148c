package io.piplan.dal.node;

import java.util.List;
import java.util.Set;

/** Where connections to data nodes come from. Used from many threads. */
public interface NodeConnections extends AutoCloseable {

  /**
   * A connection that the caller alone has, outside of any transaction. Waits for one.
   *
   * @throws io.piplan.dal.DalException if none comes in time or the node can't be reached
   */
  NodeConnection acquire(String node);

  /**
   * As {@link #acquire}, also where sessions have all connections that they may: what they wait for
   * may depend on it.
   */
  default NodeConnection acquireAbove(String node) {
    return acquire(node);
  }

  /** The names of all source nodes; replicas have connections, too. */
  Set<String> nodes();

  /** How the pools are now. */
  List<NodeFigures> figures();

  /** Tells the client of something that went well, and could go better. */
  default void warn(String message) {}

  @Override
  void close();
}
