package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.NodeSql;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * EXPLAIN of a statement: it goes to the shard, or to the first of several, and comes back as that
 * answers.
 *
 * @param prefix from EXPLAIN to before the statement
 * @param runs whether the statement runs for it
 */
record Explained(String prefix, String statement, boolean runs) implements Plan.Visitor<Plan> {
  private static final Set<String> FIRST_WORDS = Set.of("EXPLAIN", "DESCRIBE", "DESC", "ANALYZE");
  private static final Set<String> STATEMENTS =
      Set.of("SELECT", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE");

  /** Empty if it is no EXPLAIN of a statement. */
  static Optional<Explained> of(String sql) {
    List<Token> tokens = Tokens.of(sql);
    if (tokens.isEmpty() || FIRST_WORDS.stream().noneMatch(tokens.get(0)::is)) {
      return Optional.empty();
    }
    boolean runs = tokens.get(0).is("ANALYZE");
    for (int i = 1; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      runs |= token.is("ANALYZE");
      if (STATEMENTS.stream().anyMatch(token::is)) {
        return Optional.of(
            new Explained(sql.substring(0, token.begin()), sql.substring(token.begin()), runs));
      }
    }
    return Optional.empty();
  }

  private Plan first(List<NodeSql> parts, boolean writes) {
    if (writes && runs) {
      return new Plan.Refused(
          DalError.REFUSED, "EXPLAIN ANALYZE would run this change; use EXPLAIN, or run it");
    }
    NodeSql part = parts.get(0);
    return new Plan.OneNode(new NodeSql(part.node(), prefix + part.sql()), false);
  }

  @Override
  public Plan oneNode(Plan.OneNode plan) {
    return first(List.of(plan.sql()), plan.writes());
  }

  @Override
  public Plan scatter(Plan.Scatter plan) {
    return first(plan.parts(), false);
  }

  @Override
  public Plan write(Plan.Write plan) {
    return first(plan.parts(), true);
  }

  @Override
  public Plan move(Plan.Move plan) {
    return first(List.of(plan.copies().get(0).parts().get(0).update()), true);
  }

  @Override
  public Plan ids(Plan.Ids plan) {
    return new Plan.Refused(
        DalError.REFUSED,
        "EXPLAIN of an INSERT that is given ids; give the id, or use EXPLAIN ROUTE");
  }

  /** Whatever the clock says. */
  @Override
  public Plan versioned(Plan.Versioned plan) {
    return plan.write().plan(1).accept(this);
  }

  @Override
  public Plan nested(Plan.Nested plan) {
    return new Plan.Refused(
        DalError.REFUSED,
        "EXPLAIN of a statement whose subqueries run first; explain them one by one, or use EXPLAIN"
            + " ROUTE");
  }

  @Override
  public Plan copyRows(Plan.CopyRows plan) {
    return runs
        ? first(List.of(), true)
        : plan.rows().plan().accept(new Explained(prefix, plan.rows().source().text(), false));
  }

  @Override
  public Plan ddl(Plan.Ddl plan) {
    return first(plan.parts(), true);
  }

  @Override
  public Plan refused(Plan.Refused plan) {
    return plan;
  }
}
