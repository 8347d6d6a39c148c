package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.plan.KeyedStatement;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.plan.Planner;
import io.piplan.dal.plan.ShardSetQuery;
import io.piplan.dal.sql.FilledStatement;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;

/**
 * What is known, under some rules, of a statement with parameters: its plan, if that depends on
 * where the rows are and on nothing else of the values. It is made for the first values that need
 * it. For any thread.
 */
final class Route {
  private static final int MOST_SETS = 64;

  /** Of a token in memory, about. */
  private static final int TOKEN_BYTES = 96;

  /** Which plans are wanted with their values in them. */
  enum Fill {
    ALL,
    /** Others are only looked at. */
    ONE_NODE,
    /** They are sent with their parameters. */
    NONE
  }

  /** A statement whose values mean nothing, and its plan. */
  record Routed(Statement statement, Plan plan) {}

  /** On what its plan depends. */
  private sealed interface Kind {}

  /** It is planned each time. */
  private record Unknown() implements Kind {}

  /**
   * @param plans by shard; null for those that are not made yet
   */
  private record Keyed(KeyedStatement statement, WrittenPlan[] plans) implements Kind {}

  private record Scattered(ShardSetQuery query, Map<Places, WrittenPlan> plans) implements Kind {}

  /** The shards of a query, and its LIMIT. */
  private record Places(BitSet shards, List<Value> limits) {}

  private final RulesVersion version;
  private final String schema;
  private final String text;
  private final List<Token> tokens;
  private final Kind kind;
  private final LongConsumer weighed;
  private long weight;
  private boolean retired;

  private Route(
      RulesVersion version,
      String schema,
      String text,
      List<Token> tokens,
      Kind kind,
      LongConsumer weighed) {
    this.version = version;
    this.schema = schema;
    this.text = text;
    this.tokens = tokens;
    this.kind = kind;
    this.weighed = weighed;
  }

  /**
   * Looks at a statement.
   *
   * @param text with parameters
   * @param weighed is told how many bytes are kept more
   */
  static Route of(String text, RulesVersion version, SessionValues values, LongConsumer weighed) {
    List<Token> tokens = null;
    Kind kind = new Unknown();
    try {
      List<Token> read = Tokens.of(text);
      if (WholeStatements.mayBe(read)
          && !NamedLocks.areAsked(read)
          && values.shortlyWrittenInto(text).equals(text)) {
        tokens = read;
        kind = kind(text, read, version.planner(), values.schema());
      }
    } catch (DalException e) {
      // Planning tells what is wrong.
    }
    Route route = new Route(version, values.schema(), text, tokens, kind, weighed);
    route.weigh(2L * text.length() + (tokens == null ? 0 : (long) TOKEN_BYTES * tokens.size()));
    return route;
  }

  private void weigh(long more) {
    synchronized (this) {
      if (retired) {
        return;
      }
      weight += more;
    }
    weighed.accept(more);
  }

  /** It is no longer kept: from now on nothing is weighed. Tells how many bytes were. */
  synchronized long retire() {
    retired = true;
    return weight;
  }

  private static Kind kind(String text, List<Token> tokens, Planner planner, String schema) {
    try {
      Optional<KeyedStatement> keyed = planner.keyed(text, tokens, schema);
      if (keyed.isPresent()) {
        return new Keyed(keyed.get(), new WrittenPlan[keyed.get().shards()]);
      }
      return planner
          .shardSet(text, tokens, schema)
          .<Kind>map(query -> new Scattered(query, new ConcurrentHashMap<>()))
          .orElseGet(Unknown::new);
    } catch (DalException e) {
      return new Unknown();
    }
  }

  @SuppressWarnings("ReferenceEquality") // each reading of rules is another, whatever it says
  boolean holds(RulesVersion now, String inSchema) {
    return version == now && Objects.equals(schema, inSchema);
  }

  /**
   * Of the text, if it may run whole on one node.
   *
   * @return empty if it asks for a value of the session, which would have to be written into it, or
   *     can't be understood
   */
  Optional<List<Token>> tokens() {
    return Optional.ofNullable(tokens);
  }

  /** The plan with these values; empty if it must be planned. */
  Optional<Routed> with(FilledStatement values, Fill fill) {
    if (kind instanceof Keyed keyed) {
      return keyed(keyed, values, fill);
    }
    return kind instanceof Scattered scattered
        ? scattered(scattered, values, fill)
        : Optional.empty();
  }

  private Optional<Routed> keyed(Keyed keyed, FilledStatement values, Fill fill) {
    Optional<Value> key = values.value(keyed.statement().parameter());
    OptionalInt shard = key.isPresent() ? keyed.statement().shard(key.get()) : OptionalInt.empty();
    if (shard.isEmpty()) {
      return Optional.empty();
    }
    WrittenPlan written = keyed.plans()[shard.getAsInt()];
    if (written == null) {
      Optional<Plan> plan = planned(values);
      if (plan.isEmpty()
          || !(plan.get() instanceof Plan.OneNode one)
          || !keyed.statement().isOn(shard.getAsInt(), one)) {
        return Optional.empty();
      }
      written = WrittenPlan.of(one);
      keyed.plans()[shard.getAsInt()] = written;
      weigh(written.weight());
    }
    return Optional.of(
        new Routed(
            keyed.statement().statement(),
            fill == Fill.NONE ? written.plan() : written.with(values)));
  }

  private Optional<Routed> scattered(Scattered scattered, FilledStatement values, Fill fill) {
    ShardSetQuery query = scattered.query();
    BitSet shards = query.shards(values::value);
    Optional<List<Value>> limits = query.limits(values::value);
    if (shards.cardinality() < 2 || limits.isEmpty()) {
      return Optional.empty();
    }
    Places places = new Places(shards, limits.get());
    WrittenPlan written = scattered.plans().get(places);
    if (written == null) {
      if (scattered.plans().size() >= MOST_SETS) {
        return Optional.empty();
      }
      Optional<Plan> plan = planned(values);
      if (plan.isEmpty()
          || !(plan.get() instanceof Plan.Scatter scatter)
          || scatter.parts().size() != shards.cardinality()) {
        return Optional.empty();
      }
      Optional<WrittenPlan> cut =
          WrittenPlan.of(scatter, query.parameters(), query.limits().size());
      if (cut.isEmpty()) {
        return Optional.empty();
      }
      written = cut.get();
      scattered.plans().put(places, written);
      weigh(written.weight());
    }
    return Optional.of(
        new Routed(query.statement(), fill == Fill.ALL ? written.with(values) : written.plan()));
  }

  /** The plan with these values; its text has parameters. */
  private Optional<Plan> planned(FilledStatement values) {
    // What isn't certain is no key, and any value does for it.
    List<Token> bound = Tokens.bound(tokens, number -> values.value(number).orElse(Value.whole(1)));
    try {
      return Optional.of(version.planner().plan(StatementReader.read(text, bound), schema));
    } catch (DalException e) {
      return Optional.empty();
    }
  }
}
