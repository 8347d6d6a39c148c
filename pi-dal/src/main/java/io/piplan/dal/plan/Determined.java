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
  private static final String ROW_NUMBER = "ROWNUM";

  private Determined() {}

  /** Each shard would count its own rows. */
  static void checkRowNumbers(String sql) {
    if (!names(sql)) {
      return;
    }
    List<Token> tokens = Tokens.of(sql);
    for (int i = 0; i + 1 < tokens.size(); i++) {
      if (tokens.get(i).isName()
          && tokens.get(i).name().equalsIgnoreCase(ROW_NUMBER)
          && tokens.get(i + 1).is("(")) {
        throw new DalException(
            DalError.REFUSED,
            "ROWNUM() over several shards counts the rows of one shard only; write LIMIT, or"
                + " ROW_NUMBER() OVER (…) over a subquery in FROM");
      }
    }
  }

  private static boolean names(String sql) {
    for (int i = 0; i + ROW_NUMBER.length() < sql.length(); i++) {
      if (sql.regionMatches(true, i, ROW_NUMBER, 0, ROW_NUMBER.length())) {
        return true;
      }
    }
    return false;
  }

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
      boolean sequence =
          i > 0
              && tokens.get(i).is("VALUE")
              && tokens.get(i + 1).is("FOR")
              && (tokens.get(i - 1).is("NEXT") || tokens.get(i - 1).is("PREVIOUS"));
      if (call || sequence || tokens.get(i).text().startsWith("@")) {
        throw new DalException(
            DalError.REFUSED,
            (sequence ? tokens.get(i - 1).text() + " VALUE FOR" : tokens.get(i).text())
                + " gives another value for each copy of a row of table "
                + table.name()
                + "; compute the value first and write it");
      }
    }
  }
}
