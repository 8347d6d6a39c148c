package io.piplan.dts.ddl;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes a statement apart as its server does: quotes by sql_mode, and comments that are text to
 * some servers.
 */
final class DdlTokenizer {
  private final String sql;
  private final ServerFacts server;
  private final SqlMode mode;
  private final List<DdlToken> tokens = new ArrayList<>();
  private int at;
  private boolean inComment;

  private DdlTokenizer(String sql, ServerFacts server, SqlMode mode) {
    this.sql = sql;
    this.server = server;
    this.mode = mode;
  }

  /** The last one is of kind END. */
  static List<DdlToken> tokens(String sql, ServerFacts server, SqlMode mode) {
    return new DdlTokenizer(sql, server, mode).run();
  }

  private List<DdlToken> run() {
    while (true) {
      skipBlanks();
      if (at >= sql.length()) {
        tokens.add(new DdlToken(DdlToken.Kind.END, "", at, at));
        return tokens;
      }
      char c = sql.charAt(at);
      if (c == '`' || (c == '"' && mode.ansiQuotes())) {
        quoted(c, DdlToken.Kind.NAME, false);
      } else if (c == '\'' || c == '"') {
        quoted(c, DdlToken.Kind.TEXT, mode.backslashEscapes());
      } else if (isWord(c)) {
        word();
      } else {
        tokens.add(new DdlToken(DdlToken.Kind.SIGN, String.valueOf(c), at, at + 1));
        at++;
      }
    }
  }

  private void word() {
    int start = at;
    while (at < sql.length() && isWord(sql.charAt(at))) {
      at++;
    }
    tokens.add(new DdlToken(DdlToken.Kind.WORD, sql.substring(start, at), start, at));
  }

  private void quoted(char quote, DdlToken.Kind kind, boolean escapes) {
    int start = at++;
    StringBuilder text = new StringBuilder();
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c == '\\' && escapes && at < sql.length()) {
        text.append(unescape(sql.charAt(at++)));
      } else if (c != quote) {
        text.append(c);
      } else if (at < sql.length() && sql.charAt(at) == quote) {
        text.append(quote);
        at++;
      } else {
        tokens.add(new DdlToken(kind, text.toString(), start, at));
        return;
      }
    }
    // Whatever it is, nothing of it is left to be understood.
    tokens.add(new DdlToken(kind, text.toString(), start, at));
  }

  private static char unescape(char c) {
    return switch (c) {
      case '0' -> '\0';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'Z' -> '\032';
      default -> c;
    };
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '@' || c >= 0x80;
  }

  private void skipBlanks() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
      } else if (c == '#' || isDashes()) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end + 1;
      } else if (sql.startsWith("/*", at)) {
        comment();
      } else if (inComment && sql.startsWith("*/", at)) {
        inComment = false;
        at += 2;
      } else {
        return;
      }
    }
  }

  private boolean isDashes() {
    return sql.startsWith("--", at)
        && (at + 2 == sql.length() || Character.isWhitespace(sql.charAt(at + 2)));
  }

  private void comment() {
    boolean forMariaDb = sql.startsWith("/*M!", at);
    if (forMariaDb || sql.startsWith("/*!", at)) {
      int digits = at + (forMariaDb ? 4 : 3);
      int end = digits;
      while (end < sql.length() && end - digits < 6 && Character.isDigit(sql.charAt(end))) {
        end++;
      }
      int from = end - digits < 5 ? 0 : Integer.parseInt(sql.substring(digits, end));
      if (server.runsComment(forMariaDb, from)) {
        at = from == 0 ? digits : end;
        inComment = true;
        return;
      }
    }
    int end = sql.indexOf("*/", at + 2);
    at = end < 0 ? sql.length() : end + 2;
  }
}
