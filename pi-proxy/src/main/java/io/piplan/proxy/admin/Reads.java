package io.piplan.proxy.admin;

import java.util.Locale;
import java.util.Set;

/**
 * Whether a text only reads, as far as the first words of its statements tell. What is doubtful
 * does not.
 */
final class Reads {
  private static final Set<String> WORDS =
      Set.of(
          "SELECT",
          "SHOW",
          "DESCRIBE",
          "DESC",
          "EXPLAIN",
          "BEGIN",
          "START",
          "COMMIT",
          "ROLLBACK",
          "USE",
          "SAVEPOINT",
          "RELEASE");

  private final String sql;
  private final boolean escapes;
  private int at;

  private Reads(String sql, boolean escapes) {
    this.sql = sql;
    this.escapes = escapes;
  }

  /** Each of its statements, however the session's sql_mode takes a backslash. */
  static boolean only(String sql) {
    return new Reads(sql, true).only() && (sql.indexOf('\\') < 0 || new Reads(sql, false).only());
  }

  private boolean only() {
    boolean begins = true;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == ';') {
        begins = true;
        at++;
      } else if (c <= ' ' || (begins && c == '(')) {
        at++;
      } else if (c == '#' || (c == '-' && peek(1) == '-' && peek(2) <= ' ')) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
      } else if (c == '/' && peek(1) == '*') {
        int end = sql.indexOf("*/", at + 2);
        boolean runs = peek(2) == '!' || (peek(2) == 'M' && peek(3) == '!');
        if (runs || end < 0) {
          return false;
        }
        at = end + 2;
      } else if (begins) {
        if (!WORDS.contains(word())) {
          return false;
        }
        begins = false;
      } else if (c == '\'' || c == '"' || c == '`') {
        quoted(c);
      } else {
        at++;
      }
    }
    return true;
  }

  private String word() {
    int from = at;
    while (at < sql.length() && (Character.isLetterOrDigit(sql.charAt(at)) || peek(0) == '_')) {
      at++;
    }
    return sql.substring(from, at).toUpperCase(Locale.ROOT);
  }

  private char peek(int ahead) {
    return at + ahead < sql.length() ? sql.charAt(at + ahead) : '\0';
  }

  /** Two quotes in a row are two texts side by side, which makes no difference here. */
  private void quoted(char quote) {
    at++;
    while (at < sql.length() && sql.charAt(at) != quote) {
      at += escapes && quote != '`' && sql.charAt(at) == '\\' ? 2 : 1;
    }
    at++;
  }
}
