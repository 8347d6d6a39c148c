package io.piplan.dal.session;

import io.piplan.dal.NodeSql;
import io.piplan.dal.plan.NodeUnions;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.sql.FilledStatement;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A plan, with the texts of its parts cut where their values belong.
 *
 * @param plan its texts have parameters
 */
record WrittenPlan(Plan plan, List<List<String>> pieces) {
  static WrittenPlan of(Plan.OneNode plan) {
    return new WrittenPlan(plan, List.of(cut(plan.sql().sql())));
  }

  /**
   * As above.
   *
   * @param parameters how many the statement has
   * @param limits how many of the last ones say LIMIT, and may stand in the parts as numbers
   * @return empty if values of it belong elsewhere in its parts
   */
  static Optional<WrittenPlan> of(Plan.Scatter plan, int parameters, int limits) {
    List<List<String>> pieces = plan.parts().stream().map(part -> cut(part.sql())).toList();
    boolean clear =
        pieces.stream()
            .mapToInt(part -> part.size() - 1)
            .allMatch(count -> count == parameters || count == parameters - limits);
    return clear
        ? Optional.of(
            new WrittenPlan(
                new Plan.Scatter(
                    plan.parts(),
                    plan.merge(),
                    NodeUnions.of(plan.parts(), plan.merge()).orElse(null),
                    plan.locks()),
                pieces))
        : Optional.empty();
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

  /** The plan with these values. */
  Plan with(FilledStatement values) {
    if (plan instanceof Plan.OneNode one) {
      return new Plan.OneNode(
          new NodeSql(one.sql().node(), values.written(pieces.get(0))), one.writes());
    }
    Plan.Scatter scatter = (Plan.Scatter) plan;
    List<NodeSql> parts = new ArrayList<>(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      parts.add(new NodeSql(scatter.parts().get(i).node(), values.written(pieces.get(i))));
    }
    return new Plan.Scatter(parts, scatter.merge(), scatter.unions(), scatter.locks());
  }
}
