package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;

/** Goes through MySQL's SQL and tells each token. */
abstract class TokenScanner {
  /** Readers go into brackets one by one, and look through what is in them each time. */
  private static final int MOST_OPEN_BRACKETS = 200;

  final String sql;
  private int at;
  private int depth;
  private int endOfDot = -1;
  private int endOfWord = -1;

  TokenScanner(String sql) {
    this.sql = sql;
  }

  /**
   * One token, in the order of the text.
   *
   * @param openBrackets around it; a bracket itself is outside
   */
  abstract void token(Token.Kind kind, int begin, int end, int openBrackets);

  /** A comment that begins with a slash. */
  abstract void comment(int begin, int end);

  /**
   * Scans the whole text.
   *
   * @throws DalException if a text, name or comment doesn't end, brackets don't match, or there is
   *     a comment that MySQL would run
   */
  final void scan() {
    while (at < sql.length()) {
      next();
    }
    if (depth != 0) {
      throw new DalException(DalError.SYNTAX, "a bracket is not closed");
    }
  }

  private void next() {
    char c = sql.charAt(at);
    if (isSpace(c)) {
      at++;
    } else if (c == '#' || (sql.startsWith("--", at) && endsDashes())) {
      int end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length() : end + 1;
    } else if (sql.startsWith("/*", at)) {
      comment();
    } else if (c == '\'' || c == '"') {
      add(Token.Kind.STRING, quoted(c, true));
    } else if (c == '`') {
      add(Token.Kind.QUOTED_NAME, quoted(c, false));
    } else if (isDigit(c) || (c == '.' && isDigit(charAt(at + 1)) && !followsName())) {
      number();
    } else if (isNamePart(c) || c == '@') {
      int end = at + 1;
      while (end < sql.length() && (isNamePart(sql.charAt(end)) || sql.charAt(end) == '@')) {
        end++;
      }
      add(Token.Kind.WORD, end);
    } else {
      symbol(c);
    }
  }

  private boolean endsDashes() {
    return at + 2 == sql.length() || sql.charAt(at + 2) <= ' ';
  }

  private void comment() {
    if (sql.startsWith("/*!", at) || sql.startsWith("/*M!", at)) {
      throw new DalException(
          DalError.REFUSED,
          "a comment that servers run, /*! … */, in a place where it hides SQL from whoever reads"
              + " it before them; write it without the comment, or leave it out");
    }
    int end = sql.indexOf("*/", at + 2);
    if (end < 0) {
      throw new DalException(DalError.SYNTAX, "a comment that begins with /* doesn't end");
    }
    comment(at, end + 2);
    at = end + 2;
  }

  private int quoted(char quote, boolean escapes) {
    int end = at + 1;
    while (end < sql.length()) {
      char c = sql.charAt(end);
      if (c == '\\' && escapes) {
        end += 2;
      } else if (c != quote) {
        end++;
      } else if (end + 1 < sql.length() && sql.charAt(end + 1) == quote) {
        end += 2;
      } else {
        return end + 1;
      }
    }
    throw new DalException(DalError.SYNTAX, "what begins with " + quote + " doesn't end");
  }

  /** As servers cut them: {@code 1st} is a name, {@code 1.5FROM} is a number and a word. */
  private void number() {
    boolean afterDot = endOfDot == at;
    int end = afterDot ? at : endOfNumber();
    if (end > at) {
      add(Token.Kind.NUMBER, end);
    } else {
      while (isNamePart(charAt(end))) {
        end++;
      }
      add(Token.Kind.WORD, end);
    }
  }

  /** Where it ends; where it begins if it is the beginning of a name. */
  private int endOfNumber() {
    int based = afterDigits(at + 2, sql.startsWith("0x", at) ? 16 : 2);
    if ((sql.startsWith("0x", at) || sql.startsWith("0b", at))
        && based > at + 2
        && !isNamePart(charAt(based))) {
      return based;
    }
    int end = afterDigits(at, 10);
    if (charAt(end) != '.') {
      int exponent = afterExponent(end);
      return exponent > end || !isNamePart(charAt(end)) ? exponent : at;
    }
    return afterExponent(afterDigits(end + 1, 10));
  }

  private int afterDigits(int from, int base) {
    int end = from;
    while (end < sql.length()
        && sql.charAt(end) < 0x80
        && Character.digit(charAt(end), base) >= 0) {
      end++;
    }
    return end;
  }

  private int afterExponent(int from) {
    if (charAt(from) != 'e' && charAt(from) != 'E') {
      return from;
    }
    int digits = charAt(from + 1) == '-' || charAt(from + 1) == '+' ? from + 2 : from + 1;
    int end = afterDigits(digits, 10);
    return end > digits ? end : from;
  }

  /** Then a dot belongs to it, even if a digit stands behind. */
  private boolean followsName() {
    return endOfWord == at;
  }

  private void symbol(char c) {
    if (c == ')') {
      depth--;
      if (depth < 0) {
        throw new DalException(DalError.SYNTAX, "a bracket is closed that was not opened");
      }
    }
    if (c == '?') {
      add(Token.Kind.PARAMETER, at + 1);
    } else {
      int begin = at;
      add(Token.Kind.SYMBOL, at + width(c));
      endOfDot = c == '.' && at == begin + 1 ? at : -1;
    }
    if (c == '(') {
      depth++;
      if (depth > MOST_OPEN_BRACKETS) {
        throw new DalException(
            DalError.REFUSED,
            "more than "
                + MOST_OPEN_BRACKETS
                + " brackets are open at once; write the statement with fewer, as IN (…) for many"
                + " alternatives");
      }
    }
  }

  /** How many characters a symbol has. */
  private int width(char c) {
    char next = at + 1 < sql.length() ? sql.charAt(at + 1) : ' ';
    boolean two =
        switch (c) {
          case '<' -> next == '=' || next == '>' || next == '<';
          case '>' -> next == '=' || next == '>';
          case '!', ':' -> next == '=';
          case '&' -> next == '&';
          case '|' -> next == '|';
          case '-' -> next == '>';
          default -> false;
        };
    return sql.startsWith("<=>", at) ? 3 : two ? 2 : 1;
  }

  /** A space behind the end. */
  private char charAt(int index) {
    return index < sql.length() ? sql.charAt(index) : ' ';
  }

  /** What servers take for one; others of Unicode are parts of names. */
  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNamePart(char c) {
    return (c >= 'a' && c <= 'z')
        || c == '_'
        || (c >= 'A' && c <= 'Z')
        || isDigit(c)
        || c == '$'
        || c >= 0x80;
  }

  private void add(Token.Kind kind, int end) {
    int begin = at;
    at = end;
    endOfWord = kind == Token.Kind.WORD ? end : -1;
    token(kind, begin, end, depth);
  }
}
