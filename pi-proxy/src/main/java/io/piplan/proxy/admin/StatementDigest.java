package io.piplan.proxy.admin;

/**
 * A statement without its values: texts and numbers become {@code ?}, lists of them {@code (…)},
 * spaces and comments one space. Two statements that differ in values only have the same digest.
 * Nothing is refused: what can't be read is cut short.
 */
public final class StatementDigest {
  private static final int LONGEST = 2048;

  private final String sql;
  private final StringBuilder out;
  private int at;

  private StatementDigest(String sql) {
    this.sql = sql;
    this.out = new StringBuilder(Math.min(sql.length(), LONGEST) + 8);
  }

  public static String of(String sql) {
    StatementDigest digest = new StatementDigest(sql);
    while (digest.at < sql.length() && digest.out.length() < LONGEST) {
      digest.next();
    }
    if (digest.at < sql.length()) {
      digest.out.append(" …");
    }
    String text = digest.out.toString().strip();
    return text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
  }

  private void next() {
    char c = sql.charAt(at);
    if (c <= ' ') {
      space();
      at++;
    } else if (c == '#' || (c == '-' && peek(1) == '-' && peek(2) <= ' ')) {
      int end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length() : end + 1;
      space();
    } else if (c == '/' && peek(1) == '*') {
      int end = sql.indexOf("*/", at + 2);
      at = end < 0 ? sql.length() : end + 2;
      space();
    } else if (c == '\'' || c == '"') {
      quoted(c);
      value();
    } else if (c == '`') {
      int from = at;
      int end = sql.indexOf('`', at + 1);
      at = end < 0 ? sql.length() : end + 1;
      out.append(sql, from, at);
    } else if (isDigit(c) && !endsWithName()) {
      number();
      value();
    } else {
      out.append(c);
      at++;
      if (c == ')') {
        rows();
      }
    }
  }

  /** Several rows of values are as one. */
  private void rows() {
    for (String more : new String[] {"(?), (?)", "(?),(?)"}) {
      if (out.length() >= more.length()
          && out.substring(out.length() - more.length()).equals(more)) {
        out.setLength(out.length() - more.length() + 3);
      }
    }
  }

  private char peek(int ahead) {
    return at + ahead < sql.length() ? sql.charAt(at + ahead) : '\0';
  }

  private void space() {
    if (out.length() > 0 && out.charAt(out.length() - 1) != ' ') {
      out.append(' ');
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isName(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c >= 0x80;
  }

  /** A digit after a letter belongs to a name. */
  private boolean endsWithName() {
    return out.length() > 0 && isName(out.charAt(out.length() - 1));
  }

  private void quoted(char quote) {
    at++;
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c == '\\') {
        at++;
      } else if (c == quote) {
        if (peek(0) != quote) {
          return;
        }
        at++;
      }
    }
    at = Math.min(at, sql.length());
  }

  private void number() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      boolean sign =
          (c == '-' || c == '+') && (sql.charAt(at - 1) == 'e' || sql.charAt(at - 1) == 'E');
      if (!isName(c) && c != '.' && !sign) {
        return;
      }
      at++;
    }
  }

  /** {@code (?, ?, ?)} and {@code (?)} are one thing, and so are many rows of them. */
  private void value() {
    out.append('?');
    int end = out.length();
    String text = out.substring(Math.max(0, end - 8), end);
    if (text.endsWith("?, ?") || text.endsWith("?,?") || text.endsWith("? , ?")) {
      int first = out.lastIndexOf("?", end - 2);
      out.setLength(first + 1);
    }
  }
}
