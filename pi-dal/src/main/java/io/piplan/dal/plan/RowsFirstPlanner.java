package io.piplan.dal.plan;

import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.sql.RowsFirst;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Plans what several shards can't answer each for itself: the rows of a table are read first, as a
 * subquery in FROM, and one node computes the rest of them.
 */
final class RowsFirstPlanner {
  private final Statement.Query query;
  private final List<UsedTable> tables;
  private final Function<Statement, Plan> planner;

  /**
   * A planner for one query.
   *
   * @param planner plans what is written anew, in no such way again
   */
  RowsFirstPlanner(
      Statement.Query query, List<UsedTable> tables, Function<Statement, Plan> planner) {
    this.query = query;
    this.tables = tables;
    this.planner = planner;
  }

  /** Empty if that doesn't help. */
  Optional<Plan> plan() {
    if (query.locksWithin()) {
      return Optional.empty();
    }
    return ofSubqueries().or(this::ofTable);
  }

  private Optional<Plan> ofTable() {
    return tables.stream()
        .filter(table -> table.block() == 0 && isReadable(table))
        .findFirst()
        .flatMap(table -> RowsFirst.ofTable(query, columns(table)))
        .flatMap(this::planned);
  }

  private static boolean isReadable(UsedTable table) {
    return table.isSharded() && table.shape() != null;
  }

  private static List<String> columns(UsedTable table) {
    return table.shape().columns().stream().map(ColumnShape::name).toList();
  }

  /** One table after the other, until the rest has a plan. */
  private Optional<Plan> ofSubqueries() {
    boolean severalParts = query.shape() == null;
    List<UsedTable> inner =
        tables.stream()
            .filter(table -> (severalParts || table.block() > 0) && isReadable(table))
            .toList();
    Statement.Query now = query;
    for (UsedTable table : inner) {
      Optional<Plan> alone = text(query, table).flatMap(this::planned);
      if (alone.isPresent()) {
        return alone;
      }
    }
    // The last one first: what comes before it in the text stays where it is.
    List<UsedTable> left = new ArrayList<>(inner);
    left.sort((a, b) -> Integer.compare(b.use().span().begin(), a.use().span().begin()));
    for (UsedTable table : left) {
      Optional<String> text = text(now, table);
      if (text.isEmpty() || !(StatementReader.read(text.get()) instanceof Statement.Query next)) {
        return Optional.empty();
      }
      now = next;
    }
    return inner.size() < 2 ? Optional.empty() : planned(now.text());
  }

  private Optional<String> text(Statement.Query in, UsedTable table) {
    boolean alone =
        query.blocks().get(table.block()).tables().size() == 1
            && !query.blocks().get(table.block()).derived();
    return RowsFirst.ofSubquery(in, table.use(), alone, columns(table));
  }

  private Optional<Plan> planned(String text) {
    Plan plan = planner.apply(StatementReader.read(text));
    return plan instanceof Plan.Refused ? Optional.empty() : Optional.of(plan);
  }
}
