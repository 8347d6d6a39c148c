package io.piplan.dts;

import java.util.regex.Pattern;

/**
 * The comment by which a statement in a MySQL server's binlog is known to come from a sync and not
 * from an app: changes of tables are no part of a transaction that could be marked otherwise. It
 * stands behind the first word, since clients and servers strip comments in front.
 */
public final class StatementMark {
  private static final Pattern MARK = Pattern.compile("^\\s*\\w+ /\\* pi_dts zone \\d+ \\*/ ");

  private StatementMark() {}

  /**
   * The statement with the mark.
   *
   * @param zone id of the zone from which the sync comes, 0 if it has none
   */
  public static String in(String statement, int zone) {
    int end = statement.indexOf(' ');
    return statement.substring(0, end)
        + " /* pi_dts zone "
        + zone
        + " */"
        + statement.substring(end);
  }

  /** Whether a statement of a binlog has the mark. */
  public static boolean isIn(String statement) {
    return MARK.matcher(statement).find();
  }
}
