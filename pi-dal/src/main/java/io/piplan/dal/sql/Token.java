package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.Locale;

/**
 * A piece of SQL text.
 *
 * @param begin of its first character
 * @param end after its last character
 * @param depth how many brackets are open around it; a bracket itself is outside
 */
public record Token(Kind kind, String text, int begin, int end, int depth) {
  /** What it is. */
  public enum Kind {
    WORD,
    /** A name in backticks. */
    QUOTED_NAME,
    STRING,
    NUMBER,
    PARAMETER,
    SYMBOL
  }

  /** This parameter with a value: it still stands for the same place in the text. */
  public Token bound(Value value) {
    return new Token(kind, value.literal(), begin, end, depth);
  }

  /** Whether it is this keyword, or this symbol. */
  public boolean is(String word) {
    return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equalsIgnoreCase(word);
  }

  public boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
  }

  /** A name without its backticks. */
  public String name() {
    return kind == Kind.QUOTED_NAME
        ? text.substring(1, text.length() - 1).replace("``", "`")
        : text;
  }

  /** For comparing expressions: keywords and names count without case. */
  String normal() {
    return kind == Kind.STRING ? text : isName() ? name().toLowerCase(Locale.ROOT) : text;
  }
}
