package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * Refuses two nodes that are the same database: each row would be read twice and changed twice.
 * However their servers are named, a lock with a name that is taken on one is seen on the other if
 * they are the same.
 */
final class NodePlaces {
  private final NodeConnections nodes;
  private final String lock = "pi-" + UUID.randomUUID() + "-";

  NodePlaces(NodeConnections nodes) {
    this.nodes = nodes;
  }

  /** A node whose lock is held. */
  private record Held(NodeConnection connection, String database, String lock) {}

  void check() {
    if (nodes.nodes().size() < 2) {
      return;
    }
    List<Held> held = new ArrayList<>();
    try {
      for (String node : nodes.nodes()) {
        hold(nodes.acquire(node), held);
      }
    } finally {
      held.forEach(NodePlaces::giveBack);
    }
  }

  private void hold(NodeConnection connection, List<Held> held) {
    Held now;
    try {
      String database = text(connection, "SELECT DATABASE()");
      for (Held other : held) {
        if (Objects.equals(other.database(), database)
            && text(connection, "SELECT IS_USED_LOCK('" + other.lock() + "')") != null) {
          throw new DalException(
              DalError.CONFIGURATION,
              "nodes "
                  + other.connection().node()
                  + " and "
                  + connection.node()
                  + " are both the database "
                  + database
                  + " of the same server: rows would be there twice; name one node for it");
        }
      }
      now = new Held(connection, database, lock + held.size());
      text(connection, "SELECT GET_LOCK('" + now.lock() + "', 0)");
    } catch (DalException e) {
      connection.discard();
      throw e;
    }
    held.add(now);
  }

  private static void giveBack(Held held) {
    try {
      text(held.connection(), "SELECT RELEASE_LOCK('" + held.lock() + "')");
      held.connection().close();
    } catch (DalException e) {
      held.connection().discard();
    }
  }

  /** Null for NULL. */
  private static String text(NodeConnection connection, String sql) {
    try (RowStream rows = ((Result.Rows) connection.run(sql)).stream()) {
      byte[] value = rows.next().textValues().get(0);
      return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }
  }
}
