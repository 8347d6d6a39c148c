package io.piplan.dal.session;

import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import io.piplan.dal.node.ReplicaFigures;
import io.piplan.dal.tx.PreparedBranch;
import java.util.List;
import java.util.function.UnaryOperator;

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
   * @param connections given the nodes of the rules in force, as the engine has them, gives the
   *     session's own connections to them; asked again when other rules are in force. What it gives
   *     is not closed with the session
   */
  DalSession session(String schema, UnaryOperator<NodeConnections> connections);

  /** The rules in force. */
  RulesFigures rules();

  /**
   * Reads the document again: RELOAD.
   *
   * @throws io.piplan.dal.DalException with what is wrong with it; the old rules stay
   */
  void reload();

  /** What is prepared on the nodes now. Asks them all, and waits. */
  List<PreparedBranch> prepared();

  /**
   * Forgets what was decided for a node that is gone for good.
   *
   * @return in how many transactions it was named
   * @throws io.piplan.dal.DalException if rules name it, or transactions may still be on it
   */
  int forgetDecisions(String node);

  /**
   * How many branches that were to be committed somebody else has ended by hand, since the start.
   */
  default long branchesEndedByOthers() {
    return 0;
  }

  /**
   * Compares the two copies of a double-sharding table, row by row, while others write.
   *
   * @param right the number of the copy that is taken for right, 0 or 1
   * @throws io.piplan.dal.DalException if the table isn't double sharding, or has no lock_key to
   *     compare by
   */
  CopyReport compareCopies(String table, int right);

  /** As above, and makes the other copy as the one that is taken for right. */
  CopyReport mendCopies(String table, int right);

  /**
   * How a statement would run now, as EXPLAIN ROUTE tells it. Waits for nothing.
   *
   * @param schema the current one; null for none
   * @throws io.piplan.dal.DalException if it is refused
   */
  Result.Rows route(String schema, String sql);

  /** The nodes and their pools now. */
  List<NodeFigures> nodes();

  /** The replicas now; none if there are none. */
  default List<ReplicaFigures> replicas() {
    return List.of();
  }

  @Override
  void close();
}
