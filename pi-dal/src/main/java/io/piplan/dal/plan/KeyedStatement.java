package io.piplan.dal.plan;

import io.piplan.dal.Value;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.Condition;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A statement of one table that is told the key of its rows by one parameter: what its plan is
 * depends on the shard of that key, and on nothing else of its parameters. So it need not be
 * planned each time it runs.
 *
 * @param statement with values that mean nothing
 * @param parameter which one is the key
 * @param stored whether the key is written, not compared
 */
public record KeyedStatement(
    Statement statement, int parameter, ColumnShape column, Strategy strategy, boolean stored) {
  /** No number that a text has by chance. */
  private static final String MARK = "70710678118654752440";

  /**
   * Looks at a statement.
   *
   * @param tokens of the text, in which parameters are parameters
   * @return empty if it isn't certain to be such a one
   */
  static Optional<KeyedStatement> of(String sql, List<Token> tokens, TableFinder finder) {
    if (isMarked(sql)) {
      return Optional.empty();
    }
    Statement statement = StatementReader.read(sql, marked(tokens));
    if (statement instanceof Statement.Insert insert) {
      return KeyedInsert.of(insert, finder);
    }
    List<Block> blocks = blocks(statement);
    if (blocks.size() != 1 || blocks.get(0).derived() || blocks.get(0).tables().size() != 1) {
      return Optional.empty();
    }
    UsedTable table = finder.find(blocks).get(0);
    Strategy strategy = table.byOneColumn().orElse(null);
    if (strategy == null
        || (statement instanceof Statement.Change && table.shape().version() != null)) {
      return Optional.empty();
    }
    String key = strategy.shardingColumns().get(0);
    if (statement instanceof Statement.Change change
        && change.assigned().stream().anyMatch(column -> column.name().equalsIgnoreCase(key))) {
      return Optional.empty();
    }
    int parameter = parameter(blocks.get(0).where(), key);
    Optional<ColumnShape> column = table.shape().column(key);
    return parameter < 0 || column.isEmpty()
        ? Optional.empty()
        : Optional.of(new KeyedStatement(statement, parameter, column.get(), strategy, false));
  }

  /** Whether it has by chance what parameters are found by. */
  static boolean isMarked(String sql) {
    return sql.contains(MARK);
  }

  /** Each parameter gets a value by which it is found again. */
  static List<Token> marked(List<Token> tokens) {
    return Tokens.bound(tokens, number -> Value.number(MARK + number));
  }

  private static List<Block> blocks(Statement statement) {
    if (statement instanceof Statement.Query query) {
      return query.union() == null && query.shape() != null ? query.blocks() : List.of();
    }
    return statement instanceof Statement.Change change && !change.named()
        ? change.blocks()
        : List.of();
  }

  /** The number of the parameter that is the key; -1 if there is none, or more is said of it. */
  private static int parameter(Condition where, String key) {
    List<Condition> parts = where instanceof Condition.And and ? and.parts() : List.of(where);
    int found = -1;
    for (Condition part : parts) {
      if (part instanceof Condition.In in && in.column().name().equalsIgnoreCase(key)) {
        int number = in.values().size() == 1 ? number(in.values().get(0)) : -1;
        if (found >= 0 || number < 0) {
          return -1;
        }
        found = number;
      } else if (!isAboutOthers(part, key)) {
        return -1;
      }
    }
    return found;
  }

  private static boolean isAboutOthers(Condition part, String key) {
    return part instanceof Condition.Any
        || part instanceof Condition.In
        || (part instanceof Condition.Between between
            && !between.column().name().equalsIgnoreCase(key));
  }

  /** The number of a marked parameter; -1 if it is none. */
  static int number(Value value) {
    String text = value.asText();
    return text.startsWith(MARK) ? Integer.parseInt(text.substring(MARK.length())) : -1;
  }

  /** The shard of these parameters' rows; empty if it must be planned. */
  public OptionalInt shard(List<Value> parameters) {
    return shard(parameters.get(parameter));
  }

  /** The shard of this key's rows; empty if it must be planned. */
  public OptionalInt shard(Value value) {
    Optional<byte[]> key =
        stored ? KeyValues.written(column, value) : KeyValues.compared(column, value);
    return key.isPresent() ? strategy.algorithm().shard(List.of(key.get())) : OptionalInt.empty();
  }

  public int shards() {
    return strategy.shards().size();
  }

  /** Whether a plan runs on this shard's node. */
  public boolean isOn(int shard, Plan.OneNode plan) {
    return plan.sql().node().equals(strategy.shards().get(shard).node());
  }
}
