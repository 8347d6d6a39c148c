package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Walks over the tokens of one statement and says, where it goes wrong, what it expected. */
final class TokenReader {
  private final SourceText source;
  private final List<Token> tokens;
  private int next;

  /** The tokens need an END token last, which stands where the statement ends. */
  TokenReader(SourceText source, List<Token> tokens) {
    this.source = source;
    this.tokens = tokens;
  }

  SourceText source() {
    return source;
  }

  Token peek() {
    return tokens.get(next);
  }

  Token peek(int ahead) {
    return tokens.get(Math.min(next + ahead, tokens.size() - 1));
  }

  Token take() {
    Token token = tokens.get(next);
    if (next < tokens.size() - 1) {
      next++;
    }
    return token;
  }

  boolean atEnd() {
    return peek().kind() == Token.Kind.END;
  }

  /** Whether the next tokens are these words. */
  boolean isNext(String... words) {
    for (int i = 0; i < words.length; i++) {
      if (!peek(i).isWord(words[i])) {
        return false;
      }
    }
    return true;
  }

  /** Takes these words if they are next. */
  boolean takeIf(String... words) {
    if (!isNext(words)) {
      return false;
    }
    for (int i = 0; i < words.length; i++) {
      take();
    }
    return true;
  }

  boolean takeSymbolIf(String symbol) {
    if (peek().isSymbol(symbol)) {
      take();
      return true;
    }
    return false;
  }

  void expect(String... words) {
    for (String word : words) {
      if (!peek().isWord(word)) {
        throw unexpected(word);
      }
      take();
    }
  }

  Token expectSymbol(String symbol) {
    if (!peek().isSymbol(symbol)) {
      throw unexpected("'" + symbol + "'");
    }
    return take();
  }

  /** An identifier; {@code what} says whose name it is. */
  Token expectIdentifier(String what) {
    if (!peek().isIdentifier()) {
      throw unexpected(what);
    }
    return take();
  }

  Token expectString(String what) {
    if (!peek().isString()) {
      throw unexpected(what);
    }
    return take();
  }

  DtsException unexpected(String... expected) {
    Token found = peek();
    return source.error(
        DtsError.DEFINITION_SYNTAX,
        found.start(),
        found.end(),
        "found " + found(found) + ", expected " + oneOf(expected),
        remedy(found, expected));
  }

  private String found(Token token) {
    return switch (token.kind()) {
      case END -> "the end of the statement";
      case STRING -> "the string " + source.slice(token.start(), token.end());
      case WORD, QUOTED_IDENTIFIER, NUMBER -> source.slice(token.start(), token.end());
      case SYMBOL -> "'" + token.value() + "'";
      case HINT -> "a hint";
    };
  }

  private static String oneOf(String... expected) {
    if (expected.length == 1) {
      return expected[0];
    }
    String first =
        Arrays.stream(expected).limit(expected.length - 1L).collect(Collectors.joining(", "));
    return first + " or " + expected[expected.length - 1];
  }

  private static String remedy(Token found, String... expected) {
    if (found.kind() == Token.Kind.WORD) {
      List<String> words =
          Arrays.stream(expected).filter(word -> word.equals(upper(word))).toList();
      String nearest = Nearest.of(upper(found.value()), words);
      if (nearest != null) {
        return "did you mean " + nearest + "?";
      }
    }
    return "see docs/definitions.md for the grammar";
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT);
  }
}
