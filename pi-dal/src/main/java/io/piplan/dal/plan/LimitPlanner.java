package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.sql.LimitedChange;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Plans a change with LIMIT over several shards or copies: the rows are chosen first, by their keys
 * and locked, then changed by these keys, in one transaction. So no more rows are changed than are
 * wanted, and the same ones in all copies.
 */
final class LimitPlanner {
  private final Statement.Change change;
  private final UsedTable table;
  private final Function<Statement, Plan> planner;

  /**
   * A planner for one change of one table.
   *
   * @param planner plans others
   */
  LimitPlanner(Statement.Change change, UsedTable table, Function<Statement, Plan> planner) {
    this.change = change;
    this.table = table;
    this.planner = planner;
  }

  Plan plan() {
    String keys = key().stream().map(UsedTable::quoted).collect(Collectors.joining(", "));
    LimitedChange cut = LimitedChange.of(change);
    Span named = table.use().span();
    String asked =
        "SELECT "
            + keys
            + " FROM "
            + named.of(change.text())
            + (table.use().alias() == null ? "" : " AS " + UsedTable.quoted(table.use().alias()))
            + (cut.where().isEmpty() ? "" : " WHERE " + cut.where())
            + (cut.order().isEmpty() ? "" : " " + cut.order())
            + " "
            + cut.limit()
            + " FOR UPDATE";
    Statement query = StatementReader.read(asked);
    Plan chosen = planner.apply(query);
    if (chosen instanceof Plan.Refused refused) {
      throw new DalException(
          refused.error(), "LIMIT of a change over several shards: " + refused.reason());
    }
    String before = cut.head() + " WHERE " + (key().size() == 1 ? keys : "(" + keys + ")") + " IN ";
    String list =
        key().size() == 1 ? "(NULL)" : "((NULL" + ", NULL".repeat(key().size() - 1) + "))";
    Statement rest =
        StatementReader.read(before + list + (cut.order().isEmpty() ? "" : " " + cut.order()));
    Plan changed = planner.apply(rest);
    if (changed instanceof Plan.Refused) {
      return changed;
    }
    Span span = new Span(before.length(), before.length() + list.length());
    Subquery subquery =
        new Subquery(Subquery.Kind.KEYS, span, query, chosen, collation(), false, true, false);
    return new Plan.Nested(rest, List.of(subquery));
  }

  /** The columns that tell a row from all others, on any shard and in each copy. */
  private List<String> key() {
    TableShape shape = table.shape();
    Set<String> sharding = new LinkedHashSet<>();
    table.rule().strategies().forEach(copy -> sharding.addAll(copy.shardingColumns()));
    Optional<List<String>> key =
        shape == null
            ? Optional.empty()
            : shape.rowKeys().stream()
                .map(one -> key(one, sharding))
                .flatMap(Optional::stream)
                .min(Comparator.comparingInt(List::size));
    return key.orElseThrow(
        () ->
            new DalException(
                DalError.REFUSED,
                "LIMIT of a change of table "
                    + table.rule().name()
                    + " over several shards or copies: it has no unique key of numbers, dates or"
                    + " one text of utf8mb4 without NULL, by which rows could be named; add an"
                    + " equal condition on the sharding columns, or name the rows"));
  }

  /** Empty if values of these columns can't be written so that they are found again. */
  private Optional<List<String>> key(Set<String> unique, Set<String> sharding) {
    Set<String> names = new LinkedHashSet<>();
    // In the table's order: the same statement is always the same text.
    for (ColumnShape column : table.shape().columns()) {
      boolean shards = sharding.stream().anyMatch(column.name()::equalsIgnoreCase);
      if (shards || unique.contains(column.name().toLowerCase(Locale.ROOT))) {
        names.add(column.name());
      }
    }
    boolean texts = false;
    for (String name : names) {
      ColumnShape column = table.shape().column(name).orElseThrow();
      boolean text = column.isText() && column.collation().startsWith("utf8mb4");
      if (!text && !isWritable(column)) {
        return Optional.empty();
      }
      texts |= text;
    }
    return texts && names.size() > 1 ? Optional.empty() : Optional.of(List.copyOf(names));
  }

  private static boolean isWritable(ColumnShape column) {
    return column.isWholeNumber() || column.isDate() || column.dataType().equals("decimal");
  }

  /** Of a key of one text; null for others. */
  private String collation() {
    return table.shape().column(key().get(0)).map(ColumnShape::collation).orElse(null);
  }
}
