package io.piplan.dal.session;

import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import io.piplan.dal.node.ReplicaFigures;
import java.util.List;

/** The rules, pools and transactions that all sessions share. */
public interface DalEngine extends AutoCloseable {

  /**
   * A new client's session, on the rules of this moment.
   *
   * @param schema the first current schema; null for none
   */
  DalSession session(String schema);

  /**
   * As above, on connections of the caller's.
   *
   * @param connections to the nodes of the rules, outside of any transaction; not closed with the
   *     session
   */
  DalSession session(String schema, NodeConnections connections);

  /** The nodes and their pools now. */
  List<NodeFigures> nodes();

  /** The replicas now; none if there are none. */
  default List<ReplicaFigures> replicas() {
    return List.of();
  }

  @Override
  void close();
}
