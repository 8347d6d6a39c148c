package io.piplan.dal.tx;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Servers by the names that rules give them. */
record Named(Map<String, Server> servers) implements NodeConnections {
  @Override
  public NodeConnection acquire(String node) {
    Server server = servers.get(node);
    if (server.dead) {
      throw new DalException(DalError.NODE_UNREACHABLE, "node " + node + " is dead");
    }
    return new NodeConnection() {
      @Override
      public String node() {
        return node;
      }

      @Override
      public Result run(String sql) {
        return server.run(sql);
      }

      @Override
      public void cancel() {
        // Nothing runs for long.
      }

      @Override
      public void discard() {
        // Nothing is kept.
      }

      @Override
      public void close() {
        // Nothing is kept.
      }
    };
  }

  @Override
  public Set<String> nodes() {
    return servers.keySet();
  }

  @Override
  public List<NodeFigures> figures() {
    return List.of();
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
