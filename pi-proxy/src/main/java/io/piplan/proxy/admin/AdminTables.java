package io.piplan.proxy.admin;

import io.piplan.proxy.node.NodePool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Results of SHOW PI ….
 *
 * @param rows texts; null for NULL
 */
public record AdminTables(List<String> columns, List<List<String>> rows) {
  public static AdminTables sessions(List<SessionFigures> sessions) {
    List<List<String>> rows = new ArrayList<>();
    for (SessionFigures session :
        sessions.stream().sorted(Comparator.comparingLong(SessionFigures::id)).toList()) {
      rows.add(
          List.of(
              Long.toString(session.id()),
              session.user(),
              session.client(),
              session.schema(),
              session.does(),
              session.node(),
              session.keeps()));
    }
    return new AdminTables(
        List.of("id", "user", "client", "schema", "does", "node", "keeps_connection_for"), rows);
  }

  /** SHOW PROCESSLIST, with the columns of MySQL's. */
  public static AdminTables processList(List<SessionFigures> sessions) {
    List<List<String>> rows = new ArrayList<>();
    for (SessionFigures session :
        sessions.stream().sorted(Comparator.comparingLong(SessionFigures::id)).toList()) {
      boolean idle = session.does().equals("idle");
      rows.add(
          Arrays.asList(
              Long.toString(session.id()),
              session.user(),
              session.client(),
              session.schema().isEmpty() ? null : session.schema(),
              idle ? "Sleep" : "Query",
              Long.toString(session.seconds()),
              idle ? "" : session.does(),
              null));
    }
    return new AdminTables(
        List.of("Id", "User", "Host", "db", "Command", "Time", "State", "Info"), rows);
  }

  /** SHOW PI TRANSACTIONS. */
  public static AdminTables transactions(List<TransactionFigures> transactions) {
    List<List<String>> rows = new ArrayList<>();
    for (TransactionFigures one : transactions) {
      rows.add(
          Arrays.asList(
              one.session() == 0 ? null : Long.toString(one.session()),
              one.user(),
              one.transaction(),
              one.nodes(),
              one.state(),
              one.seconds() < 0 ? null : Long.toString(one.seconds()),
              one.problem()));
    }
    return new AdminTables(
        List.of("session", "user", "prepared_as", "nodes", "state", "seconds", "problem"), rows);
  }

  /** One row a node, all event loops together. */
  public static AdminTables pools(List<NodePool.Figures> parts) {
    List<List<String>> rows = new ArrayList<>();
    for (NodePool.Figures all : sums(parts)) {
      rows.add(
          List.of(
              all.node(),
              Integer.toString(all.total()),
              Integer.toString(all.busy()),
              Integer.toString(all.idle()),
              Integer.toString(all.waiting()),
              Integer.toString(all.maximum())));
    }
    return new AdminTables(
        List.of("node", "connections", "in_use", "idle", "waiting", "maximum"), rows);
  }

  static List<NodePool.Figures> sums(List<NodePool.Figures> parts) {
    Map<String, NodePool.Figures> byNode = new LinkedHashMap<>();
    for (NodePool.Figures part : parts) {
      byNode.merge(
          part.node(),
          part,
          (a, b) ->
              new NodePool.Figures(
                  a.node(),
                  a.total() + b.total(),
                  a.idle() + b.idle(),
                  a.busy() + b.busy(),
                  a.waiting() + b.waiting(),
                  a.maximum() + b.maximum()));
    }
    return List.copyOf(byNode.values());
  }
}
