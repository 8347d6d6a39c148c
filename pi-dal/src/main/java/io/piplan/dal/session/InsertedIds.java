package io.piplan.dal.session;

import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.MissingIds;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.sql.ServerFunctions;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.Tokens;
import io.piplan.dal.tx.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which of the ids that were made for an INSERT its rows have got: with IGNORE and ON DUPLICATE KEY
 * UPDATE rows may be left out, and others changed. As servers answer: the first that a row has,
 * else what LAST_INSERT_ID(…) in the statement was given, else 0.
 */
final class InsertedIds {
  private final MissingIds missing;
  private final long first;
  private final Transaction transaction;
  private final Set<String> nodes;
  private final boolean sets;

  private InsertedIds(MissingIds missing, long first, Transaction transaction, Set<String> nodes) {
    this.missing = missing;
    this.first = first;
    this.transaction = transaction;
    this.nodes = nodes;
    this.sets = ServerFunctions.setsInsertId(Tokens.of(missing.insert().text()));
  }

  /** Whether an INSERT may succeed without rows of its own. */
  static boolean areUncertain(Statement.Insert insert) {
    return insert.ignore() || !insert.updated().isEmpty();
  }

  /** Whether the rows that an INSERT has affected tell it. */
  static boolean areCounted(Statement.Insert insert) {
    return insert.rows().size() == 1
        && insert.updated().isEmpty()
        && !ServerFunctions.setsInsertId(Tokens.of(insert.text()));
  }

  /**
   * Prepares the nodes for being asked.
   *
   * @param plan of the INSERT with the ids in it
   */
  static InsertedIds before(MissingIds missing, long first, Plan plan, Transaction transaction) {
    InsertedIds ids = new InsertedIds(missing, first, transaction, nodes(plan));
    if (ids.sets) {
      ids.nodes.forEach(node -> transaction.on(node).run("SET last_insert_id = 0"));
    }
    return ids;
  }

  /** Those of the first copy. */
  private static Set<String> nodes(Plan plan) {
    List<NodeSql> parts =
        plan instanceof Plan.OneNode one
            ? List.of(one.sql())
            : plan instanceof Plan.Write write
                ? write.parts().subList(0, write.counted())
                : List.of();
    return parts.stream().map(NodeSql::node).collect(Collectors.toUnmodifiableSet());
  }

  /** The id to tell; 0 for none. */
  long told(Result.Done done) {
    boolean allThere =
        missing.insert().updated().isEmpty()
            && done.affectedRows() == missing.insert().rows().size();
    if (allThere) {
      return first;
    }
    boolean none = missing.insert().updated().isEmpty() && done.affectedRows() == 0;
    long found =
        none ? 0 : nodes.stream().mapToLong(this::first).filter(id -> id > 0).min().orElse(0);
    return found > 0 || !sets
        ? found
        : nodes.stream()
            .mapToLong(node -> number(transaction.on(node), "SELECT LAST_INSERT_ID()"))
            .filter(id -> id != 0)
            .findFirst()
            .orElse(0);
  }

  /** The first that a row on a node has. */
  private long first(String node) {
    String column = NodeSql.quoted(missing.column());
    String range = column + " BETWEEN " + first + " AND " + (first + missing.count() - 1);
    String each =
        missing.table().strategies().get(0).shards().stream()
            .filter(actual -> actual.node().equals(node))
            .map(ActualTable::table)
            .map(
                table ->
                    "SELECT MIN(%s) AS id FROM %s WHERE %s"
                        .formatted(column, NodeSql.quoted(table), range))
            .collect(Collectors.joining(" UNION ALL "));
    return number(transaction.on(node), "SELECT MIN(id) FROM (" + each + ") AS ids");
  }

  private static long number(NodeConnection connection, String sql) {
    try (RowStream rows = ((Result.Rows) connection.run(sql)).stream()) {
      byte[] id = rows.next().textValues().get(0);
      return id == null ? 0 : Long.parseUnsignedLong(new String(id, StandardCharsets.US_ASCII));
    }
  }
}
