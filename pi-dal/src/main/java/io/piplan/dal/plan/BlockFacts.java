package io.piplan.dal.plan;

import io.piplan.dal.Value;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.ShardAlgorithm;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.ColumnRef;
import io.piplan.dal.sql.Condition;
import io.piplan.dal.sql.TableUse;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** What a block's conditions say about the shards of its tables. */
final class BlockFacts {
  private static final int MOST_COMBINATIONS = 10_000;

  private final Block block;
  private final List<UsedTable> tables;

  /** What holds for every row of the block. */
  private final EqualColumns everywhere = new EqualColumns();

  /** By table: for a table behind LEFT JOIN what holds for its rows that meet others, too. */
  private final List<EqualColumns> equal = new ArrayList<>();

  /**
   * The facts of a block.
   *
   * @param tables of the block, in its order
   */
  BlockFacts(Block block, List<UsedTable> tables) {
    this.block = block;
    this.tables = tables;
    List<Condition> facts = new ArrayList<>();
    flatten(block.where(), facts);
    facts.forEach(fact -> join(fact, everywhere));
    Set<Integer> inner = new HashSet<>();
    facts.forEach(fact -> named(fact).forEach(table -> addOuter(everywhere, table, inner)));
    for (int i = 0; i < tables.size(); i++) {
      EqualColumns own = new EqualColumns(everywhere);
      addOuter(own, i, new HashSet<>());
      equal.add(own);
    }
  }

  /**
   * What the ON of a LEFT JOIN says, where its table's row is there, and so the rows that this ON
   * names.
   */
  private void addOuter(EqualColumns columns, int table, Set<Integer> seen) {
    if (tables.get(table).use().join() != TableUse.JoinKind.LEFT || !seen.add(table)) {
      return;
    }
    List<Condition> facts = new ArrayList<>();
    flatten(tables.get(table).use().on(), facts);
    for (Condition fact : facts) {
      join(fact, columns);
      named(fact).forEach(other -> addOuter(columns, other, seen));
    }
  }

  /** The tables that have a row if this is true: NULL is neither equal nor between. */
  private List<Integer> named(Condition fact) {
    List<Optional<String>> columns = new ArrayList<>();
    if (fact instanceof Condition.In in) {
      columns.add(resolve(in.column()));
    } else if (fact instanceof Condition.Between between) {
      columns.add(resolve(between.column()));
    } else if (fact instanceof Condition.Same same) {
      columns.add(resolve(same.left()));
      columns.add(resolve(same.right()));
    }
    return columns.stream().flatMap(Optional::stream).map(BlockFacts::tableOf).toList();
  }

  private static int tableOf(String id) {
    return Integer.parseInt(id.substring(0, id.indexOf(':')));
  }

  private void join(Condition fact, EqualColumns columns) {
    if (fact instanceof Condition.Same same) {
      Optional<String> left = resolve(same.left());
      Optional<String> right = resolve(same.right());
      if (left.isPresent() && right.isPresent() && alike(left.get(), right.get())) {
        columns.join(left.get(), right.get());
      }
    }
  }

  /** Whether equal in SQL means equal keys: columns of one kind. */
  private boolean alike(String left, String right) {
    return alike(shape(left), shape(right));
  }

  private static boolean alike(ColumnShape a, ColumnShape b) {
    if (a == null || b == null) {
      return false;
    }
    boolean texts = a.isText() && b.isText() && a.comparesBytes() && b.comparesBytes();
    return (a.isWholeNumber() && b.isWholeNumber())
        || texts
        || (a.isDate() && a.dataType().equals(b.dataType()));
  }

  private ColumnShape shape(String id) {
    UsedTable table = tables.get(tableOf(id));
    return table.shape() == null
        ? null
        : table.shape().column(id.substring(id.indexOf(':') + 1)).orElse(null);
  }

  private static String id(int table, String column) {
    return table + ":" + column.toLowerCase(Locale.ROOT);
  }

  /** Table and column; empty if it isn't certain which table is meant. */
  private Optional<String> resolve(ColumnRef ref) {
    int found = -1;
    for (int i = 0; i < tables.size(); i++) {
      UsedTable table = tables.get(i);
      if (ref.qualifier() != null) {
        if (table.use().label().equalsIgnoreCase(ref.qualifier())) {
          return found >= 0 ? Optional.empty() : Optional.of(id(i, ref.name()));
        }
      } else if (table.shape() == null || block.derived()) {
        return Optional.empty();
      } else if (table.shape().column(ref.name()).isPresent()) {
        if (found >= 0) {
          return Optional.empty();
        }
        found = i;
      }
    }
    return found < 0 ? Optional.empty() : Optional.of(id(found, ref.name()));
  }

  /**
   * Whether rows of two tables that meet have equal sharding columns; the right one comes later.
   */
  boolean linked(int left, Strategy leftStrategy, int right, Strategy rightStrategy) {
    for (int i = 0; i < leftStrategy.shardingColumns().size(); i++) {
      String a = id(left, leftStrategy.shardingColumns().get(i));
      String b = id(right, rightStrategy.shardingColumns().get(i));
      if (!equal.get(right).areEqual(a, b)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether all rows of a table that count for a row of the statement around this block have an
   * equal key.
   *
   * @param label of the table around it, which nothing else is named
   */
  boolean isEqualOutside(int table, String column, String label, ColumnShape outer) {
    List<Condition> facts = new ArrayList<>();
    flatten(block.where(), facts);
    for (Condition fact : facts) {
      if (fact instanceof Condition.Same same
          && (isEqualOutside(same.left(), same.right(), table, column, label, outer)
              || isEqualOutside(same.right(), same.left(), table, column, label, outer))) {
        return true;
      }
    }
    return false;
  }

  private boolean isEqualOutside(
      ColumnRef own, ColumnRef other, int table, String column, String label, ColumnShape outer) {
    boolean named =
        label.equalsIgnoreCase(other.qualifier()) && other.name().equalsIgnoreCase(outer.name());
    Optional<String> found = named ? resolve(own) : Optional.empty();
    return found.isPresent()
        && equal.get(table).areEqual(found.get(), id(table, column))
        && alike(shape(found.get()), outer);
  }

  /** The shards in which rows of this table can be that the block needs. */
  BitSet shards(int table, Strategy strategy) {
    BitSet shards = all(strategy);
    shards.and(shards(block.where(), table, strategy));
    UsedTable used = tables.get(table);
    if (used.use().join() == TableUse.JoinKind.LEFT) {
      shards.and(shards(used.use().on(), table, strategy));
    }
    return shards;
  }

  private static BitSet all(Strategy strategy) {
    BitSet all = new BitSet();
    all.set(0, strategy.shards().size());
    return all;
  }

  private BitSet shards(Condition condition, int table, Strategy strategy) {
    if (condition instanceof Condition.Or or) {
      BitSet union = new BitSet();
      or.parts().forEach(part -> union.or(shards(part, table, strategy)));
      return union;
    }
    List<Condition> parts = new ArrayList<>();
    flatten(condition, parts);
    BitSet shards = all(strategy);
    for (Condition part : parts) {
      if (part instanceof Condition.Or) {
        shards.and(shards(part, table, strategy));
      } else if (part instanceof Condition.Between between) {
        shards.and(between(between, table, strategy));
      } else {
        shards.and(pinned(List.of(part), table, strategy));
      }
    }
    shards.and(pinned(parts, table, strategy));
    return shards;
  }

  private static void flatten(Condition condition, List<Condition> parts) {
    if (condition instanceof Condition.And and) {
      and.parts().forEach(part -> flatten(part, parts));
    } else {
      parts.add(condition);
    }
  }

  private BitSet between(Condition.Between between, int table, Strategy strategy) {
    BitSet shards = all(strategy);
    if (strategy.shardingColumns().size() != 1
        || !means(between.column(), table, strategy.shardingColumns().get(0))) {
      return shards;
    }
    ColumnShape shape = shape(id(table, strategy.shardingColumns().get(0)));
    byte[] low = bound(shape, between.low());
    byte[] high = bound(shape, between.high());
    if ((between.low() != null && low == null) || (between.high() != null && high == null)) {
      return shards;
    }
    Optional<ShardAlgorithm.ShardSpan> span = strategy.algorithm().between(low, high);
    if (span.isPresent()) {
      shards.clear();
      if (span.get().first() <= span.get().last()) {
        shards.set(span.get().first(), span.get().last() + 1);
      }
    }
    return shards;
  }

  /** Texts order by their collation: no bound. */
  private static byte[] bound(ColumnShape shape, Value value) {
    return value == null || shape == null || shape.isText()
        ? null
        : KeyValues.compared(shape, value).orElse(null);
  }

  private boolean means(ColumnRef ref, int table, String column) {
    return resolve(ref).filter(id -> equal.get(table).areEqual(id, id(table, column))).isPresent();
  }

  /** The shards of all combinations of listed values of the sharding columns. */
  private BitSet pinned(List<Condition> parts, int table, Strategy strategy) {
    List<List<byte[]>> keys = new ArrayList<>();
    keys.add(List.of());
    for (String column : strategy.shardingColumns()) {
      ColumnShape shape = shape(id(table, column));
      List<byte[]> values = shape == null ? null : values(parts, table, column, shape);
      if (values == null || (long) keys.size() * values.size() > MOST_COMBINATIONS) {
        return all(strategy);
      }
      List<List<byte[]>> longer = new ArrayList<>();
      for (List<byte[]> key : keys) {
        for (byte[] value : values) {
          List<byte[]> one = new ArrayList<>(key);
          one.add(value);
          longer.add(one);
        }
      }
      keys = longer;
    }
    BitSet shards = new BitSet();
    for (List<byte[]> key : keys) {
      OptionalInt shard = strategy.algorithm().shard(key);
      shard.ifPresent(shards::set);
    }
    return shards;
  }

  /** The fewest values that a column is compared with; null if there are none. */
  private List<byte[]> values(List<Condition> parts, int table, String column, ColumnShape shape) {
    List<byte[]> fewest = null;
    for (Condition part : parts) {
      if (!(part instanceof Condition.In in) || !means(in.column(), table, column)) {
        continue;
      }
      List<byte[]> values = new ArrayList<>();
      boolean known = true;
      for (Value value : in.values()) {
        Optional<byte[]> key = KeyValues.compared(shape, value);
        known &= key.isPresent() || value.isNull();
        key.ifPresent(values::add);
      }
      if (known && (fewest == null || values.size() < fewest.size())) {
        fewest = values;
      }
    }
    return fewest;
  }
}
