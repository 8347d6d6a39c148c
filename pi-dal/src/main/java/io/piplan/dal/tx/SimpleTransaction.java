package io.piplan.dal.tx;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A local transaction on each node, committed one after the other. If a node fails after the first
 * commit, some nodes have committed and others haven't: the error names them.
 */
public final class SimpleTransaction implements Transaction {
  private final Branches branches;

  public SimpleTransaction(NodeConnections nodes) {
    this.branches = new Branches(nodes, node -> "START TRANSACTION");
  }

  @Override
  public NodeConnection on(String node) {
    return branches.on(node);
  }

  @Override
  public List<String> opening(String node) {
    return branches.opening(node);
  }

  @Override
  public void begun(NodeConnection connection) {
    branches.begun(connection);
  }

  @Override
  public Collection<NodeConnection> touched() {
    return branches.all();
  }

  @Override
  public boolean mayEndInParts() {
    return true;
  }

  @Override
  public void savepoint(String name) {
    branches.savepoint(name);
  }

  @Override
  public void rollbackTo(String name) {
    branches.rollbackTo(name);
  }

  @Override
  public void release(String name) {
    branches.release(name);
  }

  @Override
  public void commit() {
    List<String> committed = new ArrayList<>();
    List<NodeConnection> unknown = new ArrayList<>(branches.all());
    try {
      for (NodeConnection connection : branches.all()) {
        try {
          connection.run("COMMIT");
        } catch (DalException e) {
          throw committed.isEmpty() ? e : partly(committed, connection, e);
        }
        unknown.remove(connection);
        committed.add(connection.node());
      }
    } finally {
      // Those that are discarded are rolled back by their servers.
      branches.release(unknown);
    }
  }

  private static DalException partly(
      List<String> committed, NodeConnection failed, DalException cause) {
    return new DalException(
        DalError.PARTLY_COMMITTED,
        "committed on "
            + String.join(", ", committed)
            + ", but not on "
            + failed.node()
            + " or later nodes: "
            + cause.getMessage()
            + "; set transaction_mode = 'xa' to make this impossible",
        cause);
  }

  @Override
  public void rollback() {
    List<NodeConnection> unknown = new ArrayList<>();
    for (NodeConnection connection : branches.all()) {
      try {
        connection.run("ROLLBACK");
      } catch (DalException e) {
        unknown.add(connection);
      }
    }
    branches.release(unknown);
  }
}
