package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.TableUse;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Where the tables of a statement are, as far as its conditions say. */
final class Routing {
  private static final int MOST_CHOICES = 64;

  private final DalRules rules;
  private final List<Block> blocks;
  private final List<UsedTable> tables;
  private final Predicate<UsedTable> exclusive;
  private final List<BlockFacts> facts = new ArrayList<>();

  /** All on one node: the actual table of each. */
  record OneNodeRoute(String node, List<ActualTable> actual) {}

  /**
   * On several shards.
   *
   * @param strategies by table; null for those that aren't sharded
   * @param leading the strategy whose shards are counted
   */
  record ScatterRoute(BitSet shards, List<Strategy> strategies, Strategy leading) {
    String node(int shard) {
      return leading.shards().get(shard).node();
    }
  }

  Routing(DalRules rules, List<Block> blocks, List<UsedTable> tables) {
    this(rules, blocks, tables, table -> false);
  }

  /**
   * As above.
   *
   * @param exclusive whether a table's rows are locked against others who lock them: all must come
   *     to the same one of several copies
   */
  Routing(
      DalRules rules, List<Block> blocks, List<UsedTable> tables, Predicate<UsedTable> exclusive) {
    this.exclusive = exclusive;
    this.rules = rules;
    this.blocks = blocks;
    this.tables = tables;
    for (int i = 0; i < blocks.size(); i++) {
      int number = i;
      facts.add(
          new BlockFacts(blocks.get(i), tables.stream().filter(t -> t.block() == number).toList()));
    }
  }

  boolean hasSharded() {
    return tables.stream().anyMatch(UsedTable::isSharded);
  }

  /** The sharding columns, for messages. */
  String shardingColumns() {
    Set<String> names = new LinkedHashSet<>();
    for (UsedTable table : tables) {
      if (table.isSharded()) {
        table
            .rule()
            .strategies()
            .forEach(
                strategy ->
                    names.add(
                        table.rule().name()
                            + "."
                            + String.join(
                                ", " + table.rule().name() + ".", strategy.shardingColumns())));
      }
    }
    return String.join(" or ", names);
  }

  /** The node that has all tables, none of which is sharded. */
  OneNodeRoute unsharded() {
    return unsharded(List.of());
  }

  /** As above; one of the preferred nodes, if it has all. */
  OneNodeRoute unsharded(List<String> preferred) {
    Set<String> candidates = new LinkedHashSet<>(preferred);
    tables.stream().filter(t -> t.rule() == null).forEach(t -> candidates.add(t.node()));
    tables.stream()
        .filter(t -> t.rule() != null)
        .flatMap(t -> t.rule().actualTables())
        .forEach(actual -> candidates.add(actual.node()));
    if (tables.isEmpty()) {
      candidates.add(rules.anyNode());
    }
    for (String node : candidates) {
      Optional<OneNodeRoute> route = on(node, new HashMap<>());
      if (route.isPresent()) {
        return route.get();
      }
    }
    throw new DalException(
        DalError.REFUSED,
        "no node has all tables of this statement; join tables of one node, or make the smaller one"
            + " a broadcast table");
  }

  private Optional<OneNodeRoute> on(String node, Map<Integer, ActualTable> sharded) {
    List<ActualTable> actual = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      ActualTable one =
          tables.get(i).isSharded() ? sharded.get(i) : onNode(tables.get(i), node).orElse(null);
      if (one == null || !one.node().equals(node)) {
        return Optional.empty();
      }
      actual.add(one);
    }
    return Optional.of(new OneNodeRoute(node, actual));
  }

  /**
   * The actual table of a table that isn't sharded on a node; empty if there is none to be used.
   */
  private Optional<ActualTable> onNode(UsedTable table, String node) {
    Optional<ActualTable> found = table.onNode(node);
    return exclusive.test(table) && table.rule() != null
        ? found.filter(actual -> actual.equals(table.rule().actualTables().findFirst().get()))
        : found;
  }

  /** One node, if every sharded table is needed on one shard only. */
  Optional<OneNodeRoute> pinned() {
    for (List<Strategy> choice : choices()) {
      Map<Integer, ActualTable> actual = new HashMap<>();
      List<Integer> anywhere = new ArrayList<>();
      String node = null;
      boolean good = true;
      for (int i = 0; i < tables.size() && good; i++) {
        if (!tables.get(i).isSharded()) {
          continue;
        }
        BitSet shards = shards(i, choice.get(i));
        if (shards.isEmpty()) {
          anywhere.add(i);
        } else if (shards.cardinality() == 1) {
          actual.put(i, choice.get(i).shards().get(shards.nextSetBit(0)));
          node = node == null ? actual.get(i).node() : node;
        } else {
          good = false;
        }
      }
      if (good) {
        Optional<OneNodeRoute> route = fill(node, actual, anywhere, choice);
        if (route.isPresent()) {
          return route;
        }
      }
    }
    return Optional.empty();
  }

  /** Tables of which no row is needed are read where the others are. */
  private Optional<OneNodeRoute> fill(
      String pinnedNode,
      Map<Integer, ActualTable> actual,
      List<Integer> anywhere,
      List<Strategy> choice) {
    String node =
        pinnedNode != null ? pinnedNode : choice.get(anywhere.get(0)).shards().get(0).node();
    for (int i : anywhere) {
      choice.get(i).shards().stream()
          .filter(table -> table.node().equals(node))
          .findFirst()
          .ifPresent(table -> actual.put(i, table));
    }
    return on(node, actual);
  }

  private BitSet shards(int table, Strategy strategy) {
    UsedTable used = tables.get(table);
    return facts.get(used.block()).shards(numberInBlock(table), strategy);
  }

  private int numberInBlock(int table) {
    int number = 0;
    for (int i = 0; i < table; i++) {
      number += tables.get(i).block() == tables.get(table).block() ? 1 : 0;
    }
    return number;
  }

  /** The ways to choose a copy of each double-sharding table. */
  private List<List<Strategy>> choices() {
    List<List<Strategy>> choices = new ArrayList<>();
    choices.add(new ArrayList<>());
    for (UsedTable table : tables) {
      List<Strategy> copies = new ArrayList<>();
      if (table.isSharded()) {
        copies.addAll(
            exclusive.test(table)
                ? table.rule().strategies().subList(0, 1)
                : table.rule().strategies());
      } else {
        copies.add(null);
      }
      List<List<Strategy>> longer = new ArrayList<>();
      for (List<Strategy> choice : choices) {
        for (Strategy copy : choices.size() >= MOST_CHOICES ? copies.subList(0, 1) : copies) {
          List<Strategy> one = new ArrayList<>(choice);
          one.add(copy);
          longer.add(one);
        }
      }
      choices = longer;
    }
    return choices;
  }

  /** Several shards; refuses what would be wrong there. */
  ScatterRoute scatter() {
    ScatterRoute best = null;
    DalException reason = null;
    for (List<Strategy> choice : choices()) {
      try {
        ScatterRoute route = scatter(choice);
        if (best == null || route.shards().cardinality() < best.shards().cardinality()) {
          best = route;
        }
      } catch (DalException e) {
        reason = reason == null ? e : reason;
      }
    }
    if (best == null) {
      throw reason;
    }
    return best;
  }

  private ScatterRoute scatter(List<Strategy> choice) {
    int leading = -1;
    BitSet shards = null;
    for (int i = 0; i < tables.size(); i++) {
      UsedTable table = tables.get(i);
      if (table.block() == 0 && table.use().join() != TableUse.JoinKind.INNER) {
        checkOuter(table, leading);
      }
      if (!table.isSharded()) {
        continue;
      }
      if (table.block() > 0) {
        checkBeside(i, leading, choice);
        continue;
      }
      if (leading < 0) {
        leading = i;
        shards = shards(i, choice.get(i));
        continue;
      }
      checkAligned(leading, i, choice);
      if (table.use().join() == TableUse.JoinKind.INNER) {
        shards.and(shards(i, choice.get(i)));
      }
    }
    Strategy strategy = choice.get(leading);
    if (shards.isEmpty()) {
      shards.set(0);
    }
    checkOthers(shards, strategy);
    return new ScatterRoute(shards, choice, strategy);
  }

  private void checkOuter(UsedTable table, int leading) {
    if (table.use().join() != TableUse.JoinKind.LEFT) {
      throw refuse("over several shards RIGHT and NATURAL joins, and brackets in outer joins");
    }
    if (table.isSharded() && leading < 0) {
      throw refuse(
          "a LEFT JOIN from a table that isn't sharded to the sharded table "
              + table.rule().name()
              + " would give rows once a shard");
    }
  }

  /** A table of a subquery has all rows that count for a row on the shard of that row. */
  private void checkBeside(int inner, int leading, List<Strategy> choice) {
    UsedTable table = tables.get(inner);
    boolean beside =
        leading >= 0
            && areAligned(choice.get(leading), choice.get(inner))
            // What stands there under a name isn't known.
            && !blocks.get(table.block()).derived();
    UsedTable outer = beside ? tables.get(leading) : null;
    for (int i = 0; beside && i < tables.size(); i++) {
      beside = i == leading || !tables.get(i).use().label().equalsIgnoreCase(outer.use().label());
    }
    for (int i = 0; beside && i < choice.get(inner).shardingColumns().size(); i++) {
      beside =
          outer.shape() != null
              && facts
                  .get(table.block())
                  .isEqualOutside(
                      numberInBlock(inner),
                      choice.get(inner).shardingColumns().get(i),
                      outer.use().label(),
                      outer
                          .shape()
                          .column(choice.get(leading).shardingColumns().get(i))
                          .orElseThrow());
    }
    if (!beside) {
      throw refuse("table " + table.rule().name() + " in a subquery needs several shards");
    }
  }

  /**
   * Whether rows that are equal in all these expressions are on one shard: the sharding columns of
   * a table are among them, of which each row has one.
   *
   * @param route on which the statement runs
   */
  boolean keepTogether(List<String> expressions, ScatterRoute route) {
    List<String> normal = expressions.stream().map(Tokens::normal).toList();
    long tablesOfRows = tables.stream().filter(table -> table.block() == 0).count();
    for (int i = 0; i < tables.size(); i++) {
      UsedTable table = tables.get(i);
      boolean ofEachRow =
          table.isSharded()
              && table.block() == 0
              && table.shape() != null
              && table.use().join() == TableUse.JoinKind.INNER;
      if (ofEachRow) {
        boolean alone = tablesOfRows == 1 && !blocks.get(0).derived();
        boolean all = true;
        for (String column : route.strategies().get(i).shardingColumns()) {
          all &= isAmong(normal, table, column, alone);
        }
        if (all) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isAmong(
      List<String> normal, UsedTable table, String column, boolean alone) {
    ColumnShape shape = table.shape().column(column).orElse(null);
    String name = Tokens.normal(UsedTable.quoted(column));
    String qualified = Tokens.normal(UsedTable.quoted(table.use().label())) + " . " + name;
    return shape != null
        && (!shape.isText() || shape.comparesBytes())
        && (normal.contains(qualified) || (alone && normal.contains(name)));
  }

  private static boolean areAligned(Strategy a, Strategy b) {
    boolean aligned =
        a.shards().size() == b.shards().size()
            && a.shardingColumns().size() == b.shardingColumns().size()
            && a.algorithm().description().equals(b.algorithm().description());
    for (int i = 0; aligned && i < a.shards().size(); i++) {
      aligned = a.shards().get(i).node().equals(b.shards().get(i).node());
    }
    return aligned;
  }

  private void checkAligned(int leading, int other, List<Strategy> choice) {
    Strategy a = choice.get(leading);
    Strategy b = choice.get(other);
    boolean aligned = areAligned(a, b);
    LogicalTable left = tables.get(leading).rule();
    LogicalTable right = tables.get(other).rule();
    if (!aligned) {
      throw refuse(
          "tables " + left.name() + " and " + right.name() + " are not sharded in the same way");
    }
    if (!facts.get(0).linked(numberInBlock(leading), a, numberInBlock(other), b)) {
      throw refuse(
          "the join of "
              + left.name()
              + " and "
              + right.name()
              + " has no condition that their sharding columns are equal");
    }
  }

  private void checkOthers(BitSet shards, Strategy strategy) {
    for (UsedTable table : tables) {
      for (int shard : shards.stream().toArray()) {
        String node = strategy.shards().get(shard).node();
        if (!table.isSharded() && table.onNode(node).isPresent() && onNode(table, node).isEmpty()) {
          throw new DalException(
              DalError.REFUSED,
              "FOR UPDATE of the broadcast table "
                  + table.rule().name()
                  + " beside rows of node "
                  + node
                  + ": its rows are locked on node "
                  + table.rule().actualTables().findFirst().get().node()
                  + " only, so that all who lock them meet; lock them by a SELECT of that table"
                  + " alone, and read it here without FOR UPDATE");
        }
        if (!table.isSharded() && table.onNode(node).isEmpty()) {
          throw refuse(
              "table "
                  + table.use().name()
                  + " is not on node "
                  + node
                  + ", where a shard is that the statement needs");
        }
      }
    }
    if (blocks.get(0).outerDerived()) {
      throw refuse("over several shards an outer join that keeps all rows of a subquery");
    }
    if (blocks.get(0).derived() && tables.stream().noneMatch(t -> t.block() == 0)) {
      throw refuse("a query of subqueries only over several shards");
    }
  }

  private DalException refuse(String what) {
    return new DalException(
        DalError.REFUSED,
        what
            + "; this can't be answered correctly: add an equal condition on "
            + shardingColumns()
            + ", or join by the sharding columns");
  }

  List<Edit> aliases(OneNodeRoute route) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      if (!tables.get(i).system()) {
        edits.add(tables.get(i).aliased(route.actual().get(i)));
      } else if (rules.zones() != null) {
        tables.get(i).withoutVersions().ifPresent(edits::add);
      }
    }
    return edits;
  }

  List<Edit> aliases(ScatterRoute route, int shard) {
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      UsedTable table = tables.get(i);
      if (table.system()) {
        if (rules.zones() != null) {
          table.withoutVersions().ifPresent(edits::add);
        }
        continue;
      }
      edits.add(
          table.aliased(
              table.isSharded()
                  ? route.strategies().get(i).shards().get(shard)
                  : onNode(table, route.node(shard)).orElseThrow()));
    }
    return edits;
  }

  List<UsedTable> tables() {
    return tables;
  }

  /** The shards of one table of the first block. */
  BitSet shardsOf(int table, Strategy strategy) {
    return shards(table, strategy);
  }
}
