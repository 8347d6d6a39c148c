package io.piplan.dal.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Compares rules with the real tables. */
public final class ShapeCheck {
  private final Map<ActualTable, TableShape> shapes;
  private final List<RuleProblem> problems = new ArrayList<>();

  /** A check against these real tables. */
  public ShapeCheck(Map<ActualTable, TableShape> shapes) {
    this.shapes = shapes;
  }

  /**
   * The shapes of logical tables.
   *
   * @throws RulesException if an actual table or column is missing, the actual tables of a logical
   *     one differ, also in unique indexes, a lock key is no unique index, or a sharding column's
   *     type can't be computed with
   */
  public Catalog check(String document, DalRules rules) {
    Map<String, TableShape> catalog = new HashMap<>();
    for (LogicalTable table : rules.tables()) {
      checkIndexes(table);
      check(table)
          .map(shape -> rules.zones() == null ? shape : zoned(rules.zones(), table, shape))
          .ifPresent(shape -> catalog.put(table.name(), shape));
    }
    if (rules.zones() != null) {
      problems.addAll(new VersionCheck(rules, shapes).unnamed());
    }
    if (!problems.isEmpty()) {
      throw new RulesException(document, problems);
    }
    return new Catalog(catalog);
  }

  /**
   * As above, after DDL: what is wrong with a table stands in the catalog. A table of which nothing
   * is left is in neither.
   */
  public Catalog look(DalRules rules) {
    Map<String, TableShape> catalog = new HashMap<>();
    Map<String, String> unfit = new HashMap<>();
    for (LogicalTable table : rules.tables()) {
      problems.clear();
      Optional<TableShape> shape =
          check(table).map(one -> rules.zones() == null ? one : zoned(rules.zones(), table, one));
      shape.ifPresent(one -> catalog.put(table.name(), one));
      if (shape.isPresent() && !problems.isEmpty()) {
        unfit.put(table.name(), problems.get(0).message() + "; " + problems.get(0).remedy());
      }
    }
    problems.clear();
    return new Catalog(catalog, unfit);
  }

  private TableShape zoned(ZoneRules zones, LogicalTable table, TableShape shape) {
    List<RuleProblem> wrong = VersionCheck.check(zones, table, shape);
    problems.addAll(wrong);
    return wrong.isEmpty() ? VersionCheck.withVersion(shape) : shape;
  }

  private Optional<TableShape> check(LogicalTable table) {
    List<ActualTable> all = table.actualTables().toList();
    if (table.createdLater() && all.stream().noneMatch(shapes::containsKey)) {
      return Optional.empty();
    }
    TableShape first = null;
    ActualTable firstTable = null;
    List<String> cascades = new ArrayList<>();
    Set<Set<String>> uniqueKeys = new LinkedHashSet<>();
    Set<Set<String>> rowKeys = new LinkedHashSet<>();
    for (ActualTable actual : all) {
      TableShape shape = shapes.get(actual);
      if (shape != null) {
        cascades.addAll(shape.cascades());
      }
      if (shape == null) {
        problem(
            table,
            "actual table " + actual + " is not there",
            "create it, or correct backends; if none of them is there yet, say created_later: true"
                + " and make all of them by one CREATE TABLE "
                + table.name());
      } else if (first == null) {
        first = shape;
        firstTable = actual;
        rowKeys.addAll(shape.rowKeys());
      } else if (!first.columns().equals(shape.columns())) {
        problem(
            table,
            "the columns of "
                + actual
                + " differ from those of "
                + firstTable
                + difference(first, shape),
            "give all actual tables of a table the same columns in the same order");
      }
      if (shape != null) {
        checkLockKey(table, actual, shape);
        uniqueKeys.addAll(shape.uniqueKeys());
        rowKeys.retainAll(Set.copyOf(shape.rowKeys()));
      }
    }
    if (first == null) {
      return Optional.empty();
    }
    checkShardingColumns(table, first);
    // What may collide on one shard, and what names a row on all of them.
    return Optional.of(
        new TableShape(
            first.columns(), List.copyOf(uniqueKeys), List.copyOf(rowKeys), cascades, null));
  }

  /**
   * That all actual tables have the same unique indexes. After DDL that failed on one of them it is
   * not asked: the shape is then one by which nothing wrong is done.
   */
  private void checkIndexes(LogicalTable table) {
    List<ActualTable> all = table.actualTables().filter(shapes::containsKey).toList();
    for (ActualTable actual : all) {
      TableShape first = shapes.get(all.get(0));
      TableShape shape = shapes.get(actual);
      String difference = difference(first.uniqueKeys(), shape.uniqueKeys());
      if (difference.isEmpty()) {
        difference = difference(first.rowKeys(), shape.rowKeys());
        difference = difference.isEmpty() ? "" : difference + " without columns that may be NULL";
      }
      if (!difference.isEmpty()) {
        problem(
            table,
            "the unique indexes of "
                + actual
                + " differ from those of "
                + all.get(0)
                + ": "
                + difference,
            "give all actual tables of a table the same unique indexes");
        return;
      }
    }
  }

  /** Empty if both are the same, in any order. */
  private static String difference(List<Set<String>> first, List<Set<String>> other) {
    for (Set<String> key : first) {
      if (!other.contains(key)) {
        return readable(key) + " is missing there";
      }
    }
    for (Set<String> key : other) {
      if (!first.contains(key)) {
        return readable(key) + " is there only";
      }
    }
    return "";
  }

  private static String readable(Set<String> key) {
    return "(" + String.join(", ", new TreeSet<>(key)) + ")";
  }

  private static String difference(TableShape first, TableShape other) {
    for (int i = 0; i < Math.max(first.columns().size(), other.columns().size()); i++) {
      ColumnShape a = i < first.columns().size() ? first.columns().get(i) : null;
      ColumnShape b = i < other.columns().size() ? other.columns().get(i) : null;
      if (a == null || !a.equals(b)) {
        return ": column " + (i + 1) + " is " + named(b) + " there, " + named(a) + " here";
      }
    }
    return "";
  }

  private static String named(ColumnShape column) {
    return column == null ? "missing" : column.name() + " " + column.columnType();
  }

  private void checkShardingColumns(LogicalTable table, TableShape shape) {
    for (Strategy strategy : table.strategies()) {
      strategy.shardingColumns().forEach(name -> checkShardingColumn(table, shape, name));
    }
  }

  private void checkLockKey(LogicalTable table, ActualTable actual, TableShape shape) {
    Set<String> lockKey = new HashSet<>();
    table.lockKey().forEach(name -> lockKey.add(name.toLowerCase(Locale.ROOT)));
    if (!lockKey.isEmpty() && !shape.uniqueKeys().contains(lockKey)) {
      problem(
          table,
          "lock_key " + table.lockKey() + " is no unique index of " + actual,
          "name the columns of one of " + shape.uniqueKeys());
    }
  }

  private void checkShardingColumn(LogicalTable table, TableShape shape, String name) {
    Optional<ColumnShape> column = shape.column(name);
    if (column.isEmpty()) {
      problem(
          table,
          "there is no column " + name,
          "name one of "
              + String.join(", ", shape.columns().stream().map(ColumnShape::name).toList()));
      return;
    }
    ColumnShape found = column.get();
    if (found.generated()) {
      problem(table, "column " + name + " is computed by the server", "shard by a stored one");
    } else if (found.isText() && !found.comparesBytes()) {
      problem(
          table,
          "column "
              + name
              + " compares texts by "
              + found.collation()
              + ", so that texts of"
              + " different bytes are equal and could be on different shards",
          "give it a collation that ends with _bin");
    } else if (!found.isWholeNumber() && !found.isText() && !found.isDate()) {
      problem(
          table,
          "column " + name + " is of type " + found.columnType(),
          "shard by a whole number, CHAR, VARCHAR, DATE or DATETIME column");
    }
  }

  private void problem(LogicalTable table, String message, String remedy) {
    problems.add(RuleProblem.of(table, message, remedy));
  }
}
