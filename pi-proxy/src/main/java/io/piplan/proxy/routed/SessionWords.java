package io.piplan.proxy.routed;

import java.util.Locale;
import java.util.Set;

/** What is known of a statement by its first word. */
public final class SessionWords {
  private static final Set<String> WHOLE =
      Set.of("SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "CALL");
  private static final Set<String> OF_THE_SESSION =
      Set.of("BEGIN", "START", "SET", "USE", "COMMIT", "ROLLBACK");

  private SessionWords() {}

  /** Whether one node may be enough for it. */
  public static boolean mayBeWhole(String firstWord) {
    return WHOLE.contains(firstWord) || firstWord.isEmpty();
  }

  /** Whether nobody is waited for, while there is no transaction. */
  public static boolean isShortOutsideTransactions(String firstWord) {
    return OF_THE_SESSION.contains(firstWord);
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
