package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** Refuses nodes on which statements would mean something else than what routing reads. */
final class NodeModes {
  private static final Set<String> OTHER_SYNTAX =
      Set.of(
          "ANSI",
          "ANSI_QUOTES",
          "PIPES_AS_CONCAT",
          "NO_BACKSLASH_ESCAPES",
          "HIGH_NOT_PRECEDENCE",
          "IGNORE_SPACE",
          "ORACLE",
          "MSSQL",
          "POSTGRESQL",
          "DB2",
          "MAXDB");

  private final NodeConnections nodes;

  NodeModes(NodeConnections nodes) {
    this.nodes = nodes;
  }

  void check() {
    for (String node : nodes.nodes()) {
      try (NodeConnection connection = nodes.acquire(node)) {
        for (String mode : mode(connection).split(",", -1)) {
          if (OTHER_SYNTAX.contains(mode.trim())) {
            throw new DalException(
                DalError.CONFIGURATION,
                "node "
                    + node
                    + " has sql_mode "
                    + mode
                    + ", by which statements are read in another way; take it out of the server's"
                    + " sql_mode");
          }
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
