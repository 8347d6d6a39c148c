package io.piplan.proxy.routed;

import java.util.Locale;
import java.util.Set;

/** What is known of a statement by its first word. */
public final class SessionWords {
  private static final Set<String> WHOLE =
      Set.of("SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "CALL");
  private static final Set<String> OF_THE_SESSION =
      Set.of("BEGIN", "START", "USE", "COMMIT", "ROLLBACK");
  private static final Set<String> AUTOCOMMIT =
      Set.of("SETAUTOCOMMIT=0", "SETAUTOCOMMIT=1", "SETAUTOCOMMIT=OFF", "SETAUTOCOMMIT=ON");
  private static final int LONGEST_AUTOCOMMIT = 32;

  private SessionWords() {}

  /** Whether one node may be enough for it. */
  public static boolean mayBeWhole(String firstWord) {
    return WHOLE.contains(firstWord) || firstWord.isEmpty();
  }

  /** Whether nobody is waited for, while there is no transaction. */
  public static boolean isShortOutsideTransactions(String firstWord) {
    return OF_THE_SESSION.contains(firstWord);
  }

  /** Whether it is SET autocommit alone: other values of SET are tried on a node. */
  public static boolean setsAutocommit(String sql) {
    return sql.length() <= LONGEST_AUTOCOMMIT
        && AUTOCOMMIT.contains(sql.replaceAll("[\\s;]", "").toUpperCase(Locale.ROOT));
  }

  /** In upper case; empty if it begins with something else. */
  public static String first(String sql) {
    int from = 0;
    while (from < sql.length() && Character.isWhitespace(sql.charAt(from))) {
      from++;
    }
    int to = from;
    while (to < sql.length() && Character.isLetter(sql.charAt(to))) {
      to++;
    }
    return sql.substring(from, to).toUpperCase(Locale.ROOT);
  }
}
