package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Set;

/** An expression that comes alone, and is asked of a node. */
final class Expressions {
  /** By these it would be the rest of a query. */
  private static final Set<String> OF_QUERIES =
      Set.of(
          "FROM",
          "INTO",
          "FOR",
          "LIMIT",
          "WHERE",
          "GROUP",
          "HAVING",
          "ORDER",
          "PROCEDURE",
          "UNION");

  private Expressions() {}

  /**
   * A query of its value.
   *
   * @throws DalException if it is more than an expression
   */
  static String selected(String expression) {
    List<Token> tokens = Tokens.of(expression);
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean sequence = token.is("FOR") && i > 0 && tokens.get(i - 1).is("VALUE");
      if (token.depth() == 0 && OF_QUERIES.stream().anyMatch(token::is) && !sequence) {
        throw new DalException(
            DalError.SYNTAX,
            "SET of what is no expression, but goes on with "
                + token.text()
                + "; a query stands in brackets");
      }
    }
    return isInBrackets(tokens) ? "SELECT " + expression : "SELECT (" + expression + ")";
  }

  private static boolean isInBrackets(List<Token> tokens) {
    int last = tokens.size() - 1;
    return last > 0
        && tokens.get(0).is("(")
        && tokens.get(last).is(")")
        && tokens.subList(1, last).stream().allMatch(token -> token.depth() > 0);
  }
}
