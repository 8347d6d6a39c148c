package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Copies of a row must become equal, so that a statement must mean the same each time it runs. The
 * time of all parts is made the same by the session.
 */
final class Determined {
  private static final Set<String> DIFFERENT_EACH_TIME =
      Set.of(
          "RAND",
          "UUID",
          "UUID_SHORT",
          "SYS_GUID",
          "RANDOM_BYTES",
          "SYSDATE",
          "CONNECTION_ID",
          "LAST_INSERT_ID",
          "ROW_COUNT",
          "FOUND_ROWS",
          "SLEEP",
          "GET_LOCK",
          "RELEASE_LOCK",
          "NEXTVAL",
          "LASTVAL",
          "LOAD_FILE",
          "VERSION");

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
      // The servers' own functions may stand in backticks, too.
      String name = tokens.get(i).isName() ? tokens.get(i).name() : "";
      boolean call =
          tokens.get(i + 1).is("(") && DIFFERENT_EACH_TIME.contains(name.toUpperCase(Locale.ROOT));
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
