package io.piplan.dal.tx;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A branch of XA on each node: all are prepared, the decision is stored, then all commit. With one
 * node there is nothing to decide: one phase. A node that fails after the decision commits when it
 * is recovered; the client's COMMIT has succeeded.
 */
final class XaTransaction implements Transaction {
  private static final Logger LOG = LoggerFactory.getLogger(XaTransaction.class);

  private final String name;
  private final DecisionLog log;
  private final ExecutorService threads;
  private final Runnable ended;
  private final Heuristics heuristics;
  private final Branches branches;

  XaTransaction(
      String name,
      NodeConnections nodes,
      DecisionLog log,
      ExecutorService threads,
      Heuristics heuristics,
      Runnable ended) {
    this.heuristics = heuristics;
    this.name = name;
    this.log = log;
    this.threads = threads;
    this.ended = ended;
    this.branches = new Branches(nodes, node -> "XA START " + xid(name, node));
  }

  static String xid(String transaction, String branch) {
    return "'" + transaction + "','" + branch.replace("'", "''") + "',1";
  }

  private String xid(NodeConnection connection) {
    return xid(name, connection.node());
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
  public void savepoint(String savepoint) {
    branches.savepoint(savepoint);
  }

  @Override
  public void rollbackTo(String savepoint) {
    branches.rollbackTo(savepoint);
  }

  @Override
  public void release(String savepoint) {
    branches.release(savepoint);
  }

  @Override
  public void commit() {
    try {
      Collection<NodeConnection> all = branches.all();
      if (all.size() == 1) {
        onePhase(all.iterator().next());
      } else if (!all.isEmpty()) {
        twoPhases(all);
      }
    } finally {
      ended.run();
    }
  }

  private void onePhase(NodeConnection connection) {
    try {
      connection.runAll(
          List.of("XA END " + xid(connection), "XA COMMIT " + xid(connection) + " ONE PHASE"));
      branches.release(List.of());
    } catch (DalException e) {
      branches.release(List.of(connection));
      throw e;
    }
  }

  private void twoPhases(Collection<NodeConnection> all) {
    Map<NodeConnection, DalException> failed =
        onAll(
            all,
            connection -> List.of("XA END " + xid(connection), "XA PREPARE " + xid(connection)));
    if (!failed.isEmpty()) {
      undoPrepared(all);
      DalException first = failed.values().iterator().next();
      throw new DalException(
          DalError.ROLLED_BACK,
          "the transaction is rolled back on all nodes, since node "
              + failed.keySet().iterator().next().node()
              + " could not prepare it: "
              + first.getMessage(),
          first);
    }
    try {
      log.commit(name, all.stream().map(NodeConnection::node).toList());
    } catch (DalException e) {
      // Nothing is known of the decision: the branches stay prepared until recovery reads the log.
      branches.release(all);
      throw e;
    }
    Map<NodeConnection, DalException> late =
        onAll(all, connection -> List.of("XA COMMIT " + xid(connection)));
    try {
      afterCommit(late);
    } finally {
      branches.release(late.keySet());
    }
  }

  private void afterCommit(Map<NodeConnection, DalException> late) {
    boolean recovers = false;
    for (Map.Entry<NodeConnection, DalException> one : late.entrySet()) {
      String node = one.getKey().node();
      if (Heuristics.isOne(one.getValue())) {
        heuristics.add(node, name, one.getValue());
      } else {
        recovers = true;
        heuristics.late(node, name);
        LOG.warn(
            "{} is decided, and commits on {} when that is recovered: {}",
            name,
            node,
            one.getValue().getMessage());
      }
    }
    if (!recovers) {
      log.done(name);
    }
  }

  /** Runs statements on all nodes at once, and waits for all. */
  private Map<NodeConnection, DalException> onAll(
      Collection<NodeConnection> all, Function<NodeConnection, List<String>> statements) {
    Map<NodeConnection, DalException> failed = new LinkedHashMap<>();
    Map<NodeConnection, NodeConnection.Answer> running = new LinkedHashMap<>();
    for (NodeConnection connection : all) {
      collect(
          connection,
          failed,
          () -> running.put(connection, connection.start(statements.apply(connection), threads)));
    }
    running.forEach((connection, answer) -> collect(connection, failed, answer::await));
    return failed;
  }

  private static void collect(
      NodeConnection connection, Map<NodeConnection, DalException> failed, Runnable task) {
    try {
      task.run();
    } catch (DalException e) {
      failed.put(connection, e);
    } catch (RuntimeException e) {
      failed.put(connection, new DalException(DalError.NODE_PROTOCOL, String.valueOf(e), e));
    }
  }

  private void undoPrepared(Collection<NodeConnection> all) {
    Map<NodeConnection, DalException> failed =
        onAll(all, connection -> List.of("XA ROLLBACK " + xid(connection)));
    branches.release(failed.keySet());
  }

  @Override
  public void rollback() {
    List<NodeConnection> unknown = new ArrayList<>();
    try {
      for (NodeConnection connection : branches.all()) {
        try {
          end(connection);
          connection.run("XA ROLLBACK " + xid(connection));
        } catch (DalException e) {
          unknown.add(connection);
        }
      }
      branches.release(unknown);
    } finally {
      ended.run();
    }
  }

  /** A branch that the server has marked to be rolled back can't be ended, and needn't. */
  private void end(NodeConnection connection) {
    try {
      connection.run("XA END " + xid(connection));
    } catch (DalException e) {
      LOG.debug("{} on {}: {}", name, connection.node(), e.getMessage());
    }
  }
}
