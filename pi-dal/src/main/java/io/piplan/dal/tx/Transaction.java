package io.piplan.dal.tx;

import io.piplan.dal.node.NodeConnection;
import java.util.Collection;
import java.util.List;

/** What a session does between BEGIN and COMMIT. One thread. */
public interface Transaction {

  /** The connection of a node, whose branch begins with the first call. */
  NodeConnection on(String node);

  /**
   * What a caller with connections of his own runs on one of them, so that the branch of a node
   * that was not touched yet begins there; then he calls {@link #begun}.
   */
  List<String> opening(String node);

  /** A node's branch has begun on this connection, which is the transaction's now. */
  void begun(NodeConnection connection);

  /** The connections of the nodes touched so far. */
  Collection<NodeConnection> touched();

  /** Whether it may be committed on one node and not on another. */
  default boolean mayEndInParts() {
    return false;
  }

  /** On all nodes, those too that are touched later. */
  void savepoint(String name);

  /**
   * Undoes what came after the savepoint.
   *
   * @throws io.piplan.dal.DalException if there is none of this name
   */
  void rollbackTo(String name);

  void release(String name);

  /** Ends it and gives the connections back, also if it throws. */
  void commit();

  /** Ends it and gives the connections back. Doesn't throw for a node that is gone. */
  void rollback();
}
