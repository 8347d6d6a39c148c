package io.piplan.dal.tx;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The connections of one transaction, and its savepoints. */
final class Branches {
  /** They are set on each node that the transaction comes to. */
  private static final int MOST_SAVEPOINTS = 1_000;

  private final NodeConnections nodes;
  private final UnaryOperator<String> begin;
  private final Map<String, NodeConnection> open = new LinkedHashMap<>();
  private final List<String> savepoints = new ArrayList<>();

  /**
   * No branches yet.
   *
   * @param begin the statement that starts the branch of a node
   */
  Branches(NodeConnections nodes, UnaryOperator<String> begin) {
    this.nodes = nodes;
    this.begin = begin;
  }

  NodeConnection on(String node) {
    NodeConnection connection = open.get(node);
    if (connection != null) {
      return connection;
    }
    NodeConnection fresh = nodes.acquire(node);
    try {
      opening(node).forEach(fresh::run);
    } catch (RuntimeException e) {
      fresh.discard();
      throw e;
    }
    begun(fresh);
    return fresh;
  }

  /** What begins a node's branch on a connection that is {@link #begun} afterwards. */
  List<String> opening(String node) {
    List<String> statements = new ArrayList<>();
    statements.add(begin.apply(node));
    savepoints.forEach(name -> statements.add("SAVEPOINT " + NodeSql.quoted(name)));
    return statements;
  }

  void begun(NodeConnection connection) {
    open.put(connection.node(), connection);
  }

  Collection<NodeConnection> all() {
    return List.copyOf(open.values());
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  void savepoint(String name) {
    if (savepoints.size() >= MOST_SAVEPOINTS
        && savepoints.stream().noneMatch(name::equalsIgnoreCase)) {
      throw new DalException(
          DalError.REFUSED,
          "a transaction may have "
              + MOST_SAVEPOINTS
              + " savepoints; give some the same name, or RELEASE those that are not needed");
    }
    onAll("SAVEPOINT " + NodeSql.quoted(name));
    savepoints.removeIf(name::equalsIgnoreCase);
    savepoints.add(name);
  }

  void rollbackTo(String name) {
    int at = find(name);
    onAll("ROLLBACK TO SAVEPOINT " + NodeSql.quoted(name));
    savepoints.subList(at + 1, savepoints.size()).clear();
  }

  void release(String name) {
    int at = find(name);
    onAll("RELEASE SAVEPOINT " + NodeSql.quoted(name));
    savepoints.subList(at, savepoints.size()).clear();
  }

  /**
   * On one node after the other.
   *
   * @throws DalException of {@link DalError#ROLLED_BACK} if it was done on some nodes only: the
   *     transaction can't go on
   */
  private void onAll(String sql) {
    boolean done = false;
    for (NodeConnection connection : open.values()) {
      try {
        connection.run(sql);
      } catch (DalException e) {
        if (!done) {
          throw e;
        }
        throw new DalException(
            DalError.ROLLED_BACK,
            sql
                + " was done on some nodes and failed on node "
                + connection.node()
                + ": "
                + e.getMessage(),
            e);
      }
      done = true;
    }
  }

  private int find(String name) {
    for (int i = savepoints.size() - 1; i >= 0; i--) {
      if (savepoints.get(i).equalsIgnoreCase(name)) {
        return i;
      }
    }
    throw DalException.ofNode(1305, "42000", "SAVEPOINT " + name + " does not exist", null);
  }

  /** Gives all back; those of which the state isn't known are never used again. */
  void release(Collection<NodeConnection> unknown) {
    for (NodeConnection connection : open.values()) {
      if (unknown.contains(connection)) {
        connection.discard();
      } else {
        connection.close();
      }
    }
    open.clear();
  }
}
