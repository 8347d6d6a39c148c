package io.piplan.dal.plan;

import io.piplan.dal.Value;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.ShardAlgorithm;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.Condition;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A query of one table whose parameters all stand in its WHERE and its LIMIT: what its plan is
 * depends on the set of shards that they leave, on that LIMIT, and on nothing else of them. The set
 * that is told here may be larger than what a planner finds, never smaller.
 *
 * @param statement with values that mean nothing
 * @param conditions on the key, by the numbers of their parameters; all of them hold
 * @param parameters how many it has
 * @param limits the numbers of those that say LIMIT, the last ones
 */
public record ShardSetQuery(
    Statement.Query statement,
    List<KeyCondition> conditions,
    ColumnShape column,
    Strategy strategy,
    int parameters,
    List<Integer> limits) {
  private static final Set<String> AFTER_WHERE =
      Set.of("GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "FOR", "LOCK", "INTO");

  public ShardSetQuery {
    conditions = List.copyOf(conditions);
    limits = List.copyOf(limits);
  }

  /** What a condition says of the key. */
  private sealed interface KeyCondition {}

  /** One of these. */
  private record Listed(List<Integer> parameters) implements KeyCondition {}

  /** Between these; -1 for no bound. */
  private record Range(int low, int high) implements KeyCondition {}

  /**
   * Looks at a statement.
   *
   * @param tokens of the text, in which parameters are parameters
   * @return empty if it isn't certain to be such a one
   */
  static Optional<ShardSetQuery> of(String sql, List<Token> tokens, TableFinder finder) {
    List<Token> where = where(tokens);
    int all = parameters(tokens);
    int limits = parameters(limit(tokens));
    // Elsewhere a parameter may be a position, or something to be merged by.
    if (KeyedStatement.isMarked(sql) || parameters(where) + limits != all) {
      return Optional.empty();
    }
    if (!(StatementReader.read(sql, KeyedStatement.marked(tokens)) instanceof Statement.Query query)
        || query.union() != null
        || query.shape() == null
        || query.blocks().size() != 1) {
      return Optional.empty();
    }
    Block block = query.blocks().get(0);
    if (block.derived() || block.tables().size() != 1) {
      return Optional.empty();
    }
    UsedTable table = finder.find(query.blocks()).get(0);
    Strategy strategy = table.byOneColumn().orElse(null);
    if (strategy == null) {
      return Optional.empty();
    }
    String key = strategy.shardingColumns().get(0);
    Optional<ColumnShape> column = table.shape().column(key);
    List<KeyCondition> conditions = new ArrayList<>();
    List<Condition> parts =
        block.where() instanceof Condition.And and ? and.parts() : List.of(block.where());
    for (Condition part : parts) {
      if (!isUnderstood(part, key, conditions)) {
        return Optional.empty();
      }
    }
    if (timesNamed(key, where) != conditions.size()) {
      return Optional.empty();
    }
    List<Integer> last = IntStream.range(all - limits, all).boxed().toList();
    return column.map(shape -> new ShardSetQuery(query, conditions, shape, strategy, all, last));
  }

  private static List<Token> limit(List<Token> tokens) {
    return tokens.stream().dropWhile(token -> token.depth() > 0 || !token.is("LIMIT")).toList();
  }

  private static List<Token> where(List<Token> tokens) {
    return tokens.stream()
        .dropWhile(token -> !token.is("WHERE"))
        .takeWhile(token -> token.depth() > 0 || AFTER_WHERE.stream().noneMatch(token::is))
        .toList();
  }

  /** What else is said of the key a planner may understand with the real values. */
  private static long timesNamed(String key, List<Token> where) {
    return where.stream()
        .filter(token -> token.isName() && token.name().equalsIgnoreCase(key))
        .count();
  }

  private static int parameters(List<Token> tokens) {
    return (int) tokens.stream().filter(token -> token.kind() == Token.Kind.PARAMETER).count();
  }

  /** Whether it is about other columns, or one that is kept. */
  private static boolean isUnderstood(Condition part, String key, List<KeyCondition> conditions) {
    if (part instanceof Condition.In in) {
      if (in.column().name().equalsIgnoreCase(key)) {
        List<Integer> numbers = in.values().stream().map(KeyedStatement::number).toList();
        conditions.add(new Listed(numbers));
        return !numbers.contains(-1);
      }
      return true;
    }
    if (part instanceof Condition.Between between) {
      if (between.column().name().equalsIgnoreCase(key)) {
        Range range = new Range(bound(between.low()), bound(between.high()));
        conditions.add(range);
        return (range.low() >= 0 || between.low() == null)
            && (range.high() >= 0 || between.high() == null);
      }
      return true;
    }
    return part instanceof Condition.Any;
  }

  private static int bound(Value value) {
    return value == null ? -1 : KeyedStatement.number(value);
  }

  /**
   * What LIMIT says; empty if that isn't certain.
   *
   * @param values by the number of the parameter; empty for what isn't certain
   */
  public Optional<List<Value>> limits(IntFunction<Optional<Value>> values) {
    List<Value> said = new ArrayList<>(limits.size());
    for (int limit : limits) {
      Optional<Value> value = values.apply(limit);
      if (value.isEmpty() || value.get().kind() != Value.Kind.NUMBER) {
        return Optional.empty();
      }
      said.add(value.get());
    }
    return Optional.of(said);
  }

  /**
   * The shards that may have rows.
   *
   * @param values by the number of the parameter; empty for what isn't certain
   */
  public BitSet shards(IntFunction<Optional<Value>> values) {
    BitSet shards = new BitSet();
    shards.set(0, strategy.shards().size());
    for (KeyCondition condition : conditions) {
      if (condition instanceof Listed listed) {
        listed(listed, values).ifPresent(shards::and);
      } else if (condition instanceof Range range && !column.isText()) {
        range(range, values).ifPresent(shards::and);
      }
    }
    return shards;
  }

  private Optional<BitSet> listed(Listed listed, IntFunction<Optional<Value>> values) {
    BitSet shards = new BitSet();
    for (int parameter : listed.parameters()) {
      Optional<byte[]> key = key(parameter, values);
      if (key.isEmpty()) {
        return Optional.empty();
      }
      // No shard, no rows.
      strategy.algorithm().shard(List.of(key.get())).ifPresent(shards::set);
    }
    return Optional.of(shards);
  }

  private Optional<BitSet> range(Range range, IntFunction<Optional<Value>> values) {
    Optional<byte[]> low = range.low() < 0 ? Optional.empty() : key(range.low(), values);
    Optional<byte[]> high = range.high() < 0 ? Optional.empty() : key(range.high(), values);
    boolean known = (range.low() < 0 || low.isPresent()) && (range.high() < 0 || high.isPresent());
    Optional<ShardAlgorithm.ShardSpan> span =
        known
            ? strategy.algorithm().between(low.orElse(null), high.orElse(null))
            : Optional.empty();
    return span.map(
        found -> {
          BitSet shards = new BitSet();
          if (found.first() <= found.last()) {
            shards.set(found.first(), found.last() + 1);
          }
          return shards;
        });
  }

  private Optional<byte[]> key(int parameter, IntFunction<Optional<Value>> values) {
    return values.apply(parameter).flatMap(value -> KeyValues.compared(column, value));
  }
}
