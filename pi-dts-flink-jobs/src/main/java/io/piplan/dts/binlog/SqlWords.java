package io.piplan.dts.binlog;

import io.piplan.dts.TableId;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Reads a statement word by word: upper-case words, names with or without backquotes, and single
 * signs. Plain comments are skipped; those that only some servers execute are read as their text.
 */
final class SqlWords {
  private final String sql;
  private int at;
  private String last = "";
  private boolean quoted;

  SqlWords(String sql) {
    this.sql = sql;
  }

  /** The next word in upper case, a sign, a backquote for anything quoted, or empty at the end. */
  String next() {
    String word = raw().toUpperCase(Locale.ROOT);
    last = quoted ? "`" : word;
    return last;
  }

  String last() {
    return last;
  }

  /** Goes over each of the words that comes next; whether the last of them was there. */
  boolean skip(String... words) {
    boolean found = false;
    for (String word : words) {
      int before = at;
      found = raw().equalsIgnoreCase(word) && !quoted;
      if (!found) {
        at = before;
      }
    }
    return found;
  }

  /** Whether a word comes next, without going over it. */
  boolean isNext(String word) {
    int before = at;
    boolean found = skip(word);
    at = before;
    return found;
  }

  /** A name, unquoted. */
  String name() {
    return raw();
  }

  TableId table(String database) {
    String first = raw();
    int before = at;
    if (raw().equals(".")) {
      return new TableId(first, raw());
    }
    at = before;
    return new TableId(database, first);
  }

  /** Goes over MariaDB's {@code WAIT n} or {@code NOWAIT}, which stands behind a table's name. */
  void skipWait() {
    skip("NOWAIT");
    if (skip("WAIT")) {
      next();
    }
  }

  /** The words up to the next comma outside of brackets, each behind a blank. */
  String clause() {
    StringBuilder text = new StringBuilder();
    int depth = 0;
    while (true) {
      int before = at;
      String word = next();
      if (word.isEmpty() || (word.equals(",") && depth == 0)) {
        at = before;
        return text.toString();
      }
      depth += word.equals("(") ? 1 : word.equals(")") ? -1 : 0;
      text.append(' ').append(word);
    }
  }

  /** Goes past the next comma outside of brackets; false if there is none. */
  boolean nextClause() {
    int depth = 0;
    while (true) {
      switch (next()) {
        case "" -> {
          return false;
        }
        case "(" -> depth++;
        case ")" -> depth--;
        case "," -> {
          if (depth == 0) {
            return true;
          }
        }
        default -> {}
      }
    }
  }

  /** The words that stand before a point, which is where databases are named. */
  Set<String> qualifiers() {
    Set<String> found = new HashSet<>();
    String before = "";
    while (true) {
      String word = raw();
      if (word.isEmpty() && !quoted) {
        return found;
      }
      if (word.equals(".") && !quoted) {
        found.add(before);
      }
      before = word;
    }
  }

  private String raw() {
    quoted = false;
    skipBlanks();
    if (at >= sql.length()) {
      return "";
    }
    char c = sql.charAt(at);
    if (c == '`' || c == '"' || c == '\'') {
      return quoted(c);
    }
    int start = at;
    while (at < sql.length() && isWord(sql.charAt(at))) {
      at++;
    }
    if (at == start) {
      at++;
    }
    return sql.substring(start, at);
  }

  private String quoted(char quote) {
    quoted = true;
    StringBuilder text = new StringBuilder();
    at++;
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c == '\\' && quote != '`' && at < sql.length()) {
        text.append(sql.charAt(at++));
      } else if (c != quote) {
        text.append(c);
      } else if (at < sql.length() && sql.charAt(at) == quote) {
        text.append(quote);
        at++;
      } else {
        break;
      }
    }
    return text.toString();
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c >= 0x80;
  }

  private void skipBlanks() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
      } else if (sql.startsWith("/*!", at) || sql.startsWith("/*M!", at)) {
        at = sql.indexOf('!', at) + 1;
        while (at < sql.length() && Character.isDigit(sql.charAt(at))) {
          at++;
        }
      } else if (sql.startsWith("/*", at)) {
        int end = sql.indexOf("*/", at + 2);
        at = end < 0 ? sql.length() : end + 2;
      } else if (sql.startsWith("*/", at)) {
        at += 2;
      } else if (sql.startsWith("-- ", at) || c == '#') {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end + 1;
      } else {
        return;
      }
    }
  }
}
