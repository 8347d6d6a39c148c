package io.piplan.dal.session;

import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import java.util.List;
import java.util.Set;

/** Connections of others, for a test that steps in where a statement runs or one is given back. */
abstract class ForwardedNodes implements NodeConnections {
  private final NodeConnections nodes;

  ForwardedNodes(NodeConnections nodes) {
    this.nodes = nodes;
  }

  abstract Result run(NodeConnection connection, String sql);

  void close(NodeConnection connection) {
    connection.close();
  }

  @Override
  public NodeConnection acquire(String node) {
    return new Forwarded(nodes.acquire(node));
  }

  @Override
  public Set<String> nodes() {
    return nodes.nodes();
  }

  @Override
  public List<NodeFigures> figures() {
    return nodes.figures();
  }

  @Override
  public void close() {
    nodes.close();
  }

  private final class Forwarded implements NodeConnection {
    private final NodeConnection connection;

    Forwarded(NodeConnection connection) {
      this.connection = connection;
    }

    @Override
    public String node() {
      return connection.node();
    }

    @Override
    public Result run(String sql) {
      return ForwardedNodes.this.run(connection, sql);
    }

    @Override
    public void cancel() {
      connection.cancel();
    }

    @Override
    public void discard() {
      connection.discard();
    }

    @Override
    public void close() {
      ForwardedNodes.this.close(connection);
    }
  }
}
