package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.NodeSql;
import io.piplan.dal.RowStream;
import io.piplan.dal.Value;
import io.piplan.dal.merge.Merger;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.plan.Planner;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Finds the statements that one node answers whole. What isn't certain, or is wrong, is none: the
 * session runs it then, and says what is wrong.
 *
 * @param inTransaction whether a statement is part of one
 * @param leftOut statements that the session must run itself
 * @param replicas where reads may go outside of a transaction
 */
record WholeStatements(
    Planner planner,
    SessionValues values,
    boolean readOnly,
    boolean inTransaction,
    Predicate<Statement> leftOut,
    Function<Statement, ReplicaRoute> replicas) {
  private static final Set<String> FIRST_WORDS =
      Set.of("SELECT", "WITH", "(", "INSERT", "REPLACE", "UPDATE", "DELETE");

  /** With these a statement fails whatever its values are. */
  private static final Set<DalError> WITH_ANY_VALUES =
      Set.of(
          DalError.SYNTAX,
          DalError.UNKNOWN_TABLE,
          DalError.UNKNOWN_COLUMN,
          DalError.UNKNOWN_SCHEMA,
          DalError.NO_SCHEMA);

  /** Whether a statement is of a kind that may be one. */
  static boolean mayBe(List<Token> tokens) {
    return !tokens.isEmpty() && FIRST_WORDS.stream().anyMatch(tokens.get(0)::is);
  }

  /** The plan of a text without parameters; empty if it is of another kind, or can't be read. */
  Optional<Route.Routed> planned(String sql) {
    try {
      List<Token> tokens = Tokens.of(sql);
      if (!mayBe(tokens)) {
        return Optional.empty();
      }
      String written = values.shortlyWrittenInto(sql);
      // Positions are others where a value was written in.
      List<Token> of = written.equals(sql) ? tokens : Tokens.of(written);
      Statement statement = StatementReader.read(written, of);
      return Optional.of(new Route.Routed(statement, planner.plan(statement, values.schema())));
    } catch (DalException e) {
      return Optional.empty();
    }
  }

  /**
   * Of a prepared statement, whose parameters stay parameters.
   *
   * @param tokens those of its {@link Route}
   */
  Optional<DalSession.OnNode> find(String sql, List<Token> tokens, List<Value> parameters) {
    try {
      Statement statement = StatementReader.read(sql, Tokens.bound(tokens, parameters::get));
      return on(statement, planner.plan(statement, values.schema()));
    } catch (DalException e) {
      return Optional.empty();
    }
  }

  /**
   * A statement for one node that gives columns, and fails, like one on several.
   *
   * @param parameters any, only to know which rows there could be
   */
  Optional<DalSession.Sample> sample(
      String sql, List<Token> tokens, List<Value> parameters, Merger merger) {
    try {
      Statement statement = StatementReader.read(sql, Tokens.bound(tokens, parameters::get));
      Plan plan = planner.plan(statement, values.schema());
      if (plan instanceof Plan.Refused refused) {
        throw new DalException(refused.error(), refused.reason());
      }
      if (plan instanceof Plan.OneNode one) {
        return Optional.of(
            new DalSession.Sample(one.sql().node(), one.sql().sql(), UnaryOperator.identity()));
      }
      if (plan instanceof Plan.Write write) {
        return Optional.of(
            new DalSession.Sample(
                write.parts().get(0).node(), write.parts().get(0).sql(), UnaryOperator.identity()));
      }
      if (!(plan instanceof Plan.Scatter scatter)) {
        return Optional.empty();
      }
      NodeSql first = scatter.parts().get(0);
      return Optional.of(
          new DalSession.Sample(
              first.node(), first.sql(), columns -> merged(columns, scatter.merge(), merger)));
    } catch (DalException e) {
      if (WITH_ANY_VALUES.contains(e.error())) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** What the merge of no rows at all has as its columns. */
  private static List<Column> merged(List<Column> columns, MergeSpec merge, Merger merger) {
    try (RowStream rows = merger.ordered(columns, List.of(), merge)) {
      return rows.columns();
    }
  }

  /** Empty if the plan needs more than one node, or the session. */
  Optional<DalSession.OnNode> on(Statement statement, Plan plan) {
    if (!(plan instanceof Plan.OneNode one)
        || (one.writes() && readOnly)
        || leftOut.test(statement)) {
      return Optional.empty();
    }
    String source = one.sql().node();
    String node =
        one.writes() || inTransaction
            ? source
            : replicas.apply(statement).replica(source).orElse(source);
    return Optional.of(
        new DalSession.OnNode(node, source, one.sql().sql(), one.writes(), inTransaction));
  }
}
