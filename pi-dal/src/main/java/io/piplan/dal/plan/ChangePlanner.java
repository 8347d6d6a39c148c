package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Plans UPDATE and DELETE. */
final class ChangePlanner {
  private final DalRules rules;
  private final TableFinder finder;
  private final Function<Statement, Plan> planner;

  /**
   * A planner of changes.
   *
   * @param planner plans what a change is made of
   */
  ChangePlanner(DalRules rules, TableFinder finder, Function<Statement, Plan> planner) {
    this.rules = rules;
    this.finder = finder;
    this.planner = planner;
  }

  Plan plan(Statement.Change change) {
    List<UsedTable> tables = finder.find(change.blocks());
    Routing routing = new Routing(rules, change.blocks(), tables);
    List<UsedTable> own = tables.stream().filter(table -> table.block() == 0).toList();
    if (own.isEmpty()) {
      throw new DalException(DalError.REFUSED, "a change of no table");
    }
    if (isLimitedOverall(change, routing, tables)) {
      return new LimitPlanner(change, own.get(0), planner).plan();
    }
    Optional<Plan> move = new MovePlanner(change, routing, tables).plan();
    if (move.isPresent()) {
      return move.get();
    }
    boolean copies =
        own.stream()
            .anyMatch(
                t ->
                    t.rule() != null
                        && (t.rule().type() == TableType.BROADCAST
                            || t.rule().type() == TableType.DOUBLE_SHARDING));
    if (copies) {
      return copies(change, routing, tables, own);
    }
    Routing.OneNodeRoute route =
        routing.hasSharded() ? routing.pinned().orElse(null) : routing.unsharded();
    if (route != null) {
      return own.size() > 1 || change.named()
          ? several(change, routing, route)
          : one(change, routing, route);
    }
    return scatter(change, routing, tables, own);
  }

  /**
   * A change with subqueries that run on each shard beside it: they have all rows there that count
   * for a row of that shard.
   *
   * @return empty if it has another form
   * @throws DalException if a subquery needs other shards than its row
   */
  Optional<Plan> beside(Statement.Change change) {
    List<UsedTable> tables = finder.find(change.blocks());
    Routing routing = new Routing(rules, change.blocks(), tables);
    List<UsedTable> own = tables.stream().filter(table -> table.block() == 0).toList();
    boolean fits =
        own.size() == 1
            && own.get(0).rule() != null
            && own.get(0).rule().type() == TableType.SHARDING
            && !change.blocks().get(0).derived();
    if (!fits || new MovePlanner(change, routing, tables).plan().isPresent()) {
      return Optional.empty();
    }
    checkQualifiers(change, tables);
    Routing.ScatterRoute route = routing.scatter();
    boolean several = route.shards().cardinality() > 1;
    if (several) {
      checkLimit(change, routing);
      Determined.checkRowNumbers(change.text());
    }
    List<NodeSql> parts = new ArrayList<>();
    for (int shard : route.shards().stream().toArray()) {
      List<Edit> edits = new ArrayList<>();
      for (int i = 0; i < tables.size(); i++) {
        UsedTable table = tables.get(i);
        ActualTable actual =
            table.isSharded() ? route.strategies().get(i).shards().get(shard) : null;
        if (table.block() == 0) {
          edits.addAll(own(change, table, actual));
        } else if (!table.system()) {
          edits.add(
              table.aliased(
                  actual == null ? table.onNode(route.node(shard)).orElseThrow() : actual));
        }
      }
      parts.add(new NodeSql(route.node(shard), Edit.apply(change.text(), edits)));
    }
    return Optional.of(
        several ? new Plan.Write(parts, parts.size()) : new Plan.OneNode(parts.get(0), true));
  }

  /** Whether each shard, or each copy, would take its LIMIT for itself. */
  private static boolean isLimitedOverall(
      Statement.Change change, Routing routing, List<UsedTable> tables) {
    boolean alone = tables.size() == 1 && !change.blocks().get(0).derived() && !change.named();
    if (!change.limited() || !alone || tables.get(0).rule() == null) {
      return false;
    }
    return switch (tables.get(0).rule().type()) {
      case BROADCAST, DOUBLE_SHARDING -> true;
      case SHARDING -> routing.pinned().isEmpty();
      case RAW -> false;
    };
  }

  /** A join: the tables keep their names as aliases. */
  private static Plan several(
      Statement.Change change, Routing routing, Routing.OneNodeRoute route) {
    return new Plan.OneNode(
        new NodeSql(route.node(), Edit.apply(change.text(), routing.aliases(route))), true);
  }

  private static Plan one(Statement.Change change, Routing routing, Routing.OneNodeRoute route) {
    List<Edit> edits = new ArrayList<>();
    checkQualifiers(change, routing.tables());
    for (int i = 0; i < routing.tables().size(); i++) {
      UsedTable table = routing.tables().get(i);
      if (table.system()) {
        continue;
      }
      ActualTable actual = route.actual().get(i);
      edits.addAll(
          table.block() == 0 ? own(change, table, actual) : List.of(table.aliased(actual)));
    }
    return new Plan.OneNode(new NodeSql(route.node(), Edit.apply(change.text(), edits)), true);
  }

  /** The same name must not mean the changed table here and a table of a subquery there. */
  private static void checkQualifiers(Statement.Change change, List<UsedTable> tables) {
    String label = tables.get(0).use().label();
    boolean again =
        tables.stream()
            .anyMatch(table -> table.block() > 0 && table.use().label().equalsIgnoreCase(label));
    if (again && !change.qualifiers().isEmpty()) {
      throw new DalException(
          DalError.REFUSED,
          "table "
              + label
              + " is changed and read in a subquery; give it an alias in the subquery");
    }
  }

  /** Renames the table, and where columns name it: DELETE takes no alias everywhere. */
  static List<Edit> own(Statement.Change change, UsedTable table, ActualTable actual) {
    if (change.named()) {
      return List.of(table.aliased(actual));
    }
    List<Edit> edits = new ArrayList<>();
    edits.add(table.renamed(actual));
    for (Span span : change.qualifiers()) {
      boolean itself =
          span.begin() >= table.use().span().begin() && span.end() <= table.use().span().end();
      if (!itself) {
        edits.add(new Edit(span, UsedTable.quoted(actual.table())));
      }
    }
    return edits;
  }

  private Plan scatter(
      Statement.Change change, Routing routing, List<UsedTable> tables, List<UsedTable> own) {
    checkAlone(change, routing, tables, own);
    UsedTable table = own.get(0);
    checkLimit(change, routing);
    Strategy strategy = table.rule().strategies().get(0);
    List<NodeSql> parts = parts(change, routing, table, strategy);
    return new Plan.Write(parts, parts.size());
  }

  private static void checkLimit(Statement.Change change, Routing routing) {
    if (change.limited()) {
      throw new DalException(
          DalError.REFUSED,
          "LIMIT of a change over several shards would be taken once a shard; add an equal"
              + " condition on "
              + routing.shardingColumns());
    }
  }

  private static List<NodeSql> parts(
      Statement.Change change, Routing routing, UsedTable table, Strategy strategy) {
    List<NodeSql> parts = new ArrayList<>();
    BitSet shards = routing.shardsOf(0, strategy);
    if (shards.isEmpty()) {
      shards.set(0);
    }
    if (shards.cardinality() > 1) {
      Determined.checkRowNumbers(change.text());
    }
    for (int shard : shards.stream().toArray()) {
      ActualTable actual = strategy.shards().get(shard);
      parts.add(new NodeSql(actual.node(), Edit.apply(change.text(), own(change, table, actual))));
    }
    return parts;
  }

  private static void checkAlone(
      Statement.Change change, Routing routing, List<UsedTable> tables, List<UsedTable> own) {
    if (own.size() > 1 || tables.size() > 1 || change.blocks().get(0).derived()) {
      throw new DalException(
          DalError.REFUSED,
          "a change with joins or subqueries needs one shard; "
              + (routing.hasSharded()
                  ? "add an equal condition on " + routing.shardingColumns()
                  : "change one table, with values in its conditions"));
    }
  }

  /** Every copy is changed. */
  private Plan copies(
      Statement.Change change, Routing routing, List<UsedTable> tables, List<UsedTable> own) {
    checkAlone(change, routing, tables, own);
    UsedTable table = own.get(0);
    Determined.check(change.text(), table.rule());
    if (change.limited()) {
      throw new DalException(
          DalError.REFUSED,
          "LIMIT of a change of table "
              + table.rule().name()
              + ", whose copies could lose different rows; name the rows by their key");
    }
    List<NodeSql> parts = new ArrayList<>();
    int counted = 0;
    if (table.rule().type() == TableType.BROADCAST) {
      table
          .rule()
          .actualTables()
          .forEach(
              actual ->
                  parts.add(
                      new NodeSql(
                          actual.node(), Edit.apply(change.text(), own(change, table, actual)))));
      return new Plan.Write(parts, 1);
    }
    for (Strategy strategy : table.rule().strategies()) {
      parts.addAll(parts(change, routing, table, strategy));
      counted = counted == 0 ? parts.size() : counted;
    }
    return new Plan.Write(parts, counted);
  }
}
