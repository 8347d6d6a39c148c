package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.SqlModes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Refuses nodes on which statements would mean something else than what routing reads. */
final class NodeModes {
  private final NodeConnections nodes;

  NodeModes(NodeConnections nodes) {
    this.nodes = nodes;
  }

  void check() {
    for (String node : nodes.nodes()) {
      try (NodeConnection connection = nodes.acquire(node)) {
        Optional<String> mode = SqlModes.otherSyntax(mode(connection));
        if (mode.isPresent()) {
          throw new DalException(
              DalError.CONFIGURATION,
              "node "
                  + node
                  + " has sql_mode "
                  + mode.get()
                  + ", by which statements are read in another way; take it out of the server's"
                  + " sql_mode");
        }
      }
    }
  }

  private static String mode(NodeConnection connection) {
    try (RowStream rows = ((Result.Rows) connection.run("SELECT @@sql_mode")).stream()) {
      Row row = rows.next();
      List<byte[]> values = row.textValues();
      return new String(values.get(0), StandardCharsets.UTF_8);
    }
  }
}
