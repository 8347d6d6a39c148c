package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.plan.KeyedStatement;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.sql.Token;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The plans of a session's prepared statements that are told a key: one for each shard, each made
 * when the first statement came for it.
 */
final class KeyedRoutes {
  private static final int MOST = 200;

  private final Map<String, Known> all =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > MOST;
        }
      };

  /**
   * What is known of a statement under some rules.
   *
   * @param keyed null if it isn't one of these
   * @param plans by shard; null for those that are not made yet
   */
  private record Known(
      RulesVersion version, String schema, KeyedStatement keyed, Plan.OneNode[] plans) {
    boolean holds(RulesVersion now, String inSchema) {
      return version.equals(now) && Objects.equals(schema, inSchema);
    }
  }

  private final PreparedTokens tokens;

  KeyedRoutes(PreparedTokens tokens) {
    this.tokens = tokens;
  }

  /**
   * Where a prepared statement runs whole.
   *
   * @param whole finds it, where it isn't known
   */
  Optional<DalSession.OnNode> find(
      String sql, List<Value> parameters, RulesVersion version, WholeStatements whole) {
    Optional<List<Token>> read = tokens.of(sql, whole.values());
    if (read.isEmpty()) {
      return Optional.empty();
    }
    Known known = all.get(sql);
    if (known == null || !known.holds(version, whole.values().schema())) {
      known = known(sql, read.get(), version, whole.values().schema());
      all.put(sql, known);
    }
    KeyedStatement keyed = known.keyed();
    OptionalInt shard = keyed == null ? OptionalInt.empty() : keyed.shard(parameters);
    if (shard.isEmpty()) {
      return whole.find(sql, read.get(), parameters);
    }
    Plan.OneNode made = known.plans()[shard.getAsInt()];
    if (made != null) {
      return whole.on(keyed.statement(), made);
    }
    Optional<Plan> plan = whole.planned(sql, read.get(), parameters);
    if (plan.isPresent()
        && plan.get() instanceof Plan.OneNode one
        && keyed.isOn(shard.getAsInt(), one)) {
      known.plans()[shard.getAsInt()] = one;
      return whole.on(keyed.statement(), one);
    }
    return whole.find(sql, read.get(), parameters);
  }

  private static Known known(String sql, List<Token> tokens, RulesVersion version, String schema) {
    try {
      return version
          .planner()
          .keyed(sql, tokens, schema)
          .map(keyed -> new Known(version, schema, keyed, new Plan.OneNode[keyed.shards()]))
          .orElseGet(() -> new Known(version, schema, null, null));
    } catch (DalException e) {
      // Planning tells what is wrong.
      return new Known(version, schema, null, null);
    }
  }
}
