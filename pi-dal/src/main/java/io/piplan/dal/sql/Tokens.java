package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Cuts MySQL's SQL into tokens. Comments are left out. */
public final class Tokens {
  private static final Set<String> TWO =
      Set.of("<=", ">=", "<>", "!=", ":=", "&&", "||", "<<", ">>", "->");

  private final String sql;
  private final List<Token> tokens = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();
  private int at;
  private int depth;

  private Tokens(String sql) {
    this.sql = sql;
  }

  /**
   * The tokens of a text.
   *
   * @throws DalException if a text, name or comment doesn't end, brackets don't match, or there is
   *     a comment that MySQL would run
   */
  public static List<Token> of(String sql) {
    return read(sql).tokens;
  }

  /** The comments of a text that begin with a slash. */
  static List<String> comments(String sql) {
    return read(sql).comments;
  }

  private static Tokens read(String sql) {
    Tokens tokens = new Tokens(sql);
    while (tokens.at < sql.length()) {
      tokens.next();
    }
    if (tokens.depth != 0) {
      throw new DalException(DalError.SYNTAX, "a bracket is not closed");
    }
    return tokens;
  }

  /** The same text for expressions that differ in case, spaces and backticks only. */
  public static String normal(String expression) {
    return of(expression).stream().map(Token::normal).collect(Collectors.joining(" "));
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
          "a comment that MySQL runs, /*! … */, hides SQL from routing; write it without the"
              + " comment, or leave it out");
    }
    int end = sql.indexOf("*/", at + 2);
    if (end < 0) {
      throw new DalException(DalError.SYNTAX, "a comment that begins with /* doesn't end");
    }
    comments.add(sql.substring(at, end + 2));
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
    boolean afterDot = !tokens.isEmpty() && last().is(".") && last().end() == at;
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
    return !tokens.isEmpty() && last().kind() == Token.Kind.WORD && last().end() == at;
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
      boolean two = at + 1 < sql.length() && TWO.contains(sql.substring(at, at + 2));
      add(Token.Kind.SYMBOL, at + (sql.startsWith("<=>", at) ? 3 : two ? 2 : 1));
    }
    if (c == '(') {
      depth++;
    }
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
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c >= 0x80;
  }

  private Token last() {
    return tokens.get(tokens.size() - 1);
  }

  private void add(Token.Kind kind, int end) {
    tokens.add(new Token(kind, sql.substring(at, end), at, end, depth));
    at = end;
  }
}
