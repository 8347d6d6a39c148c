package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Value;
import io.piplan.dal.plan.KeyedStatement;
import io.piplan.dal.plan.NodeUnions;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.plan.Planner;
import io.piplan.dal.plan.ShardSetQuery;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.TextTemplate;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The plans of texts that differ in their numbers and texts only: made for the first of them, and
 * written anew with the literals of each. For all sessions; any thread may ask.
 */
final class TextRoutes {
  /** Of an app that writes ever other texts, none are worth keeping. */
  private static final int MOST = 2_000;

  private static final int MOST_SETS = 64;

  /** Of all plans together, about. */
  private static final long MOST_BYTES = 64L << 20;

  private final Map<String, Known> all = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** A statement whose values mean nothing, and its plan with the values of a text. */
  record Routed(Statement statement, Plan plan) {}

  /** What is known of a template under some rules. */
  private sealed interface Kind {}

  /** It is planned each time. */
  private record Unknown() implements Kind {}

  /**
   * @param plans by shard; null for those that are not made yet
   */
  private record Keyed(KeyedStatement statement, List<Token> tokens, Written[] plans)
      implements Kind {}

  private record Scattered(ShardSetQuery query, List<Token> tokens, Map<BitSet, Written> plans)
      implements Kind {}

  private record Known(RulesVersion version, String schema, Kind kind) {
    @SuppressWarnings("ReferenceEquality") // each reading of rules is another, whatever it says
    boolean holds(RulesVersion now, String inSchema) {
      return version == now && Objects.equals(schema, inSchema);
    }
  }

  /** A plan, with the texts of its parts cut where their literals belong. */
  private record Written(Plan plan, List<List<String>> pieces) {
    static Written of(Plan.OneNode plan) {
      return new Written(plan, List.of(cut(plan.sql().sql())));
    }

    static Written of(Plan.Scatter plan) {
      return new Written(
          new Plan.Scatter(plan.parts(), plan.merge(), NodeUnions.of(plan.parts()).orElse(null)),
          plan.parts().stream().map(part -> cut(part.sql())).toList());
    }

    private static List<String> cut(String sql) {
      List<String> pieces = new ArrayList<>();
      int at = 0;
      for (Token token : Tokens.of(sql)) {
        if (token.kind() == Token.Kind.PARAMETER) {
          pieces.add(sql.substring(at, token.begin()));
          at = token.end();
        }
      }
      pieces.add(sql.substring(at));
      return List.copyOf(pieces);
    }

    /** How many bytes it takes in memory, about. */
    long weight() {
      return pieces.stream()
          .mapToLong(part -> part.stream().mapToLong(piece -> 56L + piece.length()).sum())
          .sum();
    }

    Plan with(TextTemplate template) {
      if (plan instanceof Plan.OneNode one) {
        return new Plan.OneNode(
            new NodeSql(one.sql().node(), template.written(pieces.get(0))), one.writes());
      }
      Plan.Scatter scatter = (Plan.Scatter) plan;
      List<NodeSql> parts = new ArrayList<>(pieces.size());
      for (int i = 0; i < pieces.size(); i++) {
        parts.add(new NodeSql(scatter.parts().get(i).node(), template.written(pieces.get(i))));
      }
      return new Plan.Scatter(parts, scatter.merge(), scatter.unions());
    }
  }

  /** The plan of a text; empty if it must be planned. */
  Optional<Routed> find(String sql, RulesVersion version, SessionValues values) {
    return find(sql, version, values, true);
  }

  /**
   * As above, for who only wants what one node answers whole: other plans come without the literals
   * of the text.
   */
  Optional<Routed> findWhole(String sql, RulesVersion version, SessionValues values) {
    return find(sql, version, values, false);
  }

  private Optional<Routed> find(
      String sql, RulesVersion version, SessionValues values, boolean several) {
    Optional<TextTemplate> template = TextTemplate.of(sql);
    if (template.isEmpty()) {
      return Optional.empty();
    }
    Known known = all.get(template.get().text());
    if (known == null || !known.holds(version, values.schema())) {
      known = new Known(version, values.schema(), kind(template.get().text(), version, values));
      if (all.size() >= MOST) {
        forget();
      }
      all.put(template.get().text(), known);
    }
    if (known.kind() instanceof Keyed keyed) {
      return keyed(keyed, template.get(), known);
    }
    return known.kind() instanceof Scattered scattered
        ? scattered(scattered, template.get(), known, several)
        : Optional.empty();
  }

  /** What is kept must not grow without end, whatever apps write. */
  private void weigh(Written written) {
    if (bytes.addAndGet(written.weight()) > MOST_BYTES) {
      forget();
    }
  }

  /** Nothing that was planned so far counts any more. */
  void forget() {
    bytes.set(0);
    all.clear();
  }

  private static Kind kind(String text, RulesVersion version, SessionValues values) {
    try {
      List<Token> tokens = Tokens.of(text);
      if (!WholeStatements.mayBe(tokens)
          || NamedLocks.areAsked(tokens)
          || !values.writtenInto(text).equals(text)) {
        return new Unknown();
      }
      Planner planner = version.planner();
      Optional<KeyedStatement> keyed = planner.keyed(text, tokens, values.schema());
      if (keyed.isPresent()) {
        return new Keyed(keyed.get(), tokens, new Written[keyed.get().shards()]);
      }
      Optional<ShardSetQuery> query = planner.shardSet(text, tokens, values.schema());
      return query.isPresent()
          ? new Scattered(query.get(), tokens, new ConcurrentHashMap<>())
          : new Unknown();
    } catch (DalException e) {
      // Planning tells what is wrong.
      return new Unknown();
    }
  }

  private Optional<Routed> keyed(Keyed keyed, TextTemplate template, Known known) {
    Optional<Value> key = template.value(keyed.statement().parameter());
    OptionalInt shard = key.isPresent() ? keyed.statement().shard(key.get()) : OptionalInt.empty();
    if (shard.isEmpty()) {
      return Optional.empty();
    }
    Written written = keyed.plans()[shard.getAsInt()];
    if (written == null) {
      Optional<Plan> plan = planned(template, keyed.tokens(), known);
      if (plan.isEmpty()
          || !(plan.get() instanceof Plan.OneNode one)
          || !keyed.statement().isOn(shard.getAsInt(), one)) {
        return Optional.empty();
      }
      written = Written.of(one);
      keyed.plans()[shard.getAsInt()] = written;
      weigh(written);
    }
    return Optional.of(new Routed(keyed.statement().statement(), written.with(template)));
  }

  private Optional<Routed> scattered(
      Scattered scattered, TextTemplate template, Known known, boolean several) {
    BitSet shards = scattered.query().shards(template::value);
    if (shards.cardinality() < 2) {
      return Optional.empty();
    }
    Written written = scattered.plans().get(shards);
    if (written == null) {
      if (scattered.plans().size() >= MOST_SETS) {
        return Optional.empty();
      }
      Optional<Plan> plan = planned(template, scattered.tokens(), known);
      if (plan.isEmpty()
          || !(plan.get() instanceof Plan.Scatter scatter)
          || scatter.parts().size() != shards.cardinality()) {
        return Optional.empty();
      }
      written = Written.of(scatter);
      scattered.plans().put(shards, written);
      weigh(written);
    }
    return Optional.of(
        new Routed(
            scattered.query().statement(), several ? written.with(template) : written.plan()));
  }

  /** The plan of the template with these literals; its text has parameters. */
  private static Optional<Plan> planned(TextTemplate template, List<Token> tokens, Known known) {
    // What isn't certain is no key, and any value does for it.
    List<Token> bound =
        Tokens.bound(tokens, number -> template.value(number).orElse(Value.whole(1)));
    try {
      return Optional.of(
          known
              .version()
              .planner()
              .plan(StatementReader.read(template.text(), bound), known.schema()));
    } catch (DalException e) {
      return Optional.empty();
    }
  }
}
