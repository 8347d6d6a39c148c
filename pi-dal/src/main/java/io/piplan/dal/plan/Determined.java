package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.sql.ServerFunctions;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;

/**
 * Copies of a row must become equal, so that a statement must mean the same each time it runs. The
 * time of all parts is made the same by the session.
 */
final class Determined {
  private Determined() {}

  static void check(String sql, LogicalTable table) {
    List<Token> tokens = Tokens.of(sql);
    boolean change = !tokens.get(0).is("INSERT") && !tokens.get(0).is("REPLACE");
    for (int i = 1; change && i < Math.min(4, tokens.size()); i++) {
      if (tokens.get(i).is("IGNORE")) {
        throw new DalException(
            DalError.REFUSED,
            "IGNORE may leave out different rows of the copies of table " + table.name());
      }
    }
    for (int i = 0; i + 1 < tokens.size(); i++) {
      boolean call =
          tokens.get(i + 1).is("(")
              && ServerFunctions.isOne(tokens.get(i), ServerFunctions.DIFFERENT_EACH_TIME);
      if (call || tokens.get(i).text().startsWith("@")) {
        throw new DalException(
            DalError.REFUSED,
            tokens.get(i).text()
                + " gives another value for each copy of a row of table "
                + table.name()
                + "; compute the value first and write it");
      }
    }
  }
}
