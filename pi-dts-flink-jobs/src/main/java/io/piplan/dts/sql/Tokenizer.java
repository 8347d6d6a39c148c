package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.ArrayList;
import java.util.List;

/** Cuts a definition into tokens as Flink SQL does; comments and white space vanish. */
final class Tokenizer {
  private static final List<String> LONG_SYMBOLS = List.of("<>", "<=", ">=", "!=", "||", "=>");

  private final SourceText source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private Tokenizer(SourceText source) {
    this.source = source;
    this.text = source.text();
  }

  /** All tokens, an END token last. */
  static List<Token> tokens(SourceText source) {
    Tokenizer tokenizer = new Tokenizer(source);
    while (tokenizer.at < tokenizer.text.length()) {
      tokenizer.next();
    }
    int end = tokenizer.text.length();
    tokenizer.tokens.add(new Token(Token.Kind.END, "", end, end));
    return List.copyOf(tokenizer.tokens);
  }

  private void next() {
    char c = text.charAt(at);
    if (Character.isWhitespace(c) || c == '\uFEFF') {
      at++;
    } else if (text.startsWith("--", at)) {
      int newline = text.indexOf('\n', at);
      at = newline < 0 ? text.length() : newline;
    } else if (text.startsWith("/*", at)) {
      comment();
    } else if (c == '\'') {
      quoted(Token.Kind.STRING, '\'', "string");
    } else if (c == '`') {
      quoted(Token.Kind.QUOTED_IDENTIFIER, '`', "quoted identifier");
    } else if (isDigit(c) || (c == '.' && isDigit(peek(1)) && !followsIdentifier())) {
      number();
    } else if (Character.isUnicodeIdentifierStart(c) || c == '_' || c == '$') {
      word();
    } else {
      symbol();
    }
  }

  private void comment() {
    int close = text.indexOf("*/", at + 2);
    if (close < 0) {
      throw unterminated("comment", "*/", 2);
    }
    if (peek(2) == '+') {
      add(Token.Kind.HINT, text.substring(at + 3, close), close + 2);
    } else {
      at = close + 2;
    }
  }

  private void quoted(Token.Kind kind, char quote, String what) {
    StringBuilder value = new StringBuilder();
    int i = at + 1;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c != quote) {
        value.append(c);
        i++;
      } else if (i + 1 < text.length() && text.charAt(i + 1) == quote) {
        value.append(quote);
        i += 2;
      } else {
        add(kind, value.toString(), i + 1);
        return;
      }
    }
    throw unterminated(what, Character.toString(quote), 1);
  }

  private void number() {
    int i = at;
    while (i < text.length() && (isDigit(text.charAt(i)) || text.charAt(i) == '.')) {
      i++;
    }
    if (i < text.length() && (text.charAt(i) == 'e' || text.charAt(i) == 'E')) {
      int exponent = i + 1;
      if (exponent < text.length() && "+-".indexOf(text.charAt(exponent)) >= 0) {
        exponent++;
      }
      if (exponent < text.length() && isDigit(text.charAt(exponent))) {
        i = exponent;
        while (i < text.length() && isDigit(text.charAt(i))) {
          i++;
        }
      }
    }
    add(Token.Kind.NUMBER, text.substring(at, i), i);
  }

  private void word() {
    int i = at;
    while (i < text.length()
        && (Character.isUnicodeIdentifierPart(text.charAt(i)) || text.charAt(i) == '$')) {
      i++;
    }
    add(Token.Kind.WORD, text.substring(at, i), i);
  }

  private void symbol() {
    for (String symbol : LONG_SYMBOLS) {
      if (text.startsWith(symbol, at)) {
        add(Token.Kind.SYMBOL, symbol, at + symbol.length());
        return;
      }
    }
    int end = at + Character.charCount(text.codePointAt(at));
    add(Token.Kind.SYMBOL, text.substring(at, end), end);
  }

  private void add(Token.Kind kind, String value, int end) {
    tokens.add(new Token(kind, value, at, end));
    at = end;
  }

  private DtsException unterminated(String what, String close, int width) {
    return source.error(
        DtsError.DEFINITION_SYNTAX,
        at,
        at + width,
        "this " + what + " never ends, expected a closing " + close,
        what.equals("comment") ? "close it" : "close it; a quote inside is written twice");
  }

  private boolean followsIdentifier() {
    return !tokens.isEmpty() && tokens.get(tokens.size() - 1).end() == at;
  }

  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
