package io.piplan.dal.session;

import io.piplan.dal.plan.Plan;
import io.piplan.dal.sql.TextTemplate;
import java.util.Objects;
import java.util.Optional;

/**
 * A text that was looked at to see whether one node answers it whole. If none does it runs next,
 * and need not be read and planned again.
 *
 * @param routed its plan, if it was planned by itself; null if not
 * @param version the rules of that plan
 * @param schema the current one then
 */
record LookedAt(
    String sql,
    Optional<TextTemplate> template,
    Route.Routed routed,
    RulesVersion version,
    String schema) {
  static LookedAt of(String sql) {
    return new LookedAt(sql, TextTemplate.of(sql), null, null, null);
  }

  boolean isOf(String text) {
    return sql.equals(text);
  }

  /**
   * As this, planned.
   *
   * @param plan null if it could not be
   */
  LookedAt with(Route.Routed plan, RulesVersion by, String in) {
    // Of others the session has more to say than their plan does.
    boolean several =
        plan != null
            && (plan.plan() instanceof Plan.Scatter || plan.plan() instanceof Plan.Write)
            && plan.statement().text().equals(sql)
            && !InformationSchema.isAsked(plan.statement(), in);
    return several ? new LookedAt(sql, template, plan, by, in) : this;
  }

  /** The plan, if it still holds. */
  @SuppressWarnings("ReferenceEquality") // each reading of rules is another, whatever it says
  Optional<Route.Routed> planned(RulesVersion now, String inSchema) {
    return routed != null && version == now && Objects.equals(schema, inSchema)
        ? Optional.of(routed)
        : Optional.empty();
  }
}
