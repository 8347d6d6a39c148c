package io.piplan.dts.sql;

/**
 * One token of a definition.
 *
 * @param value a word or symbol as it stands; the unescaped content of a string, quoted identifier
 *     or hint
 * @param start offset of its first character in the definition
 * @param end offset after its last character
 */
record Token(Kind kind, String value, int start, int end) {
  enum Kind {
    WORD,
    QUOTED_IDENTIFIER,
    STRING,
    NUMBER,
    SYMBOL,
    /** A hint, which looks like a comment that begins with a plus sign. */
    HINT,
    END
  }

  boolean isWord(String word) {
    return kind == Kind.WORD && value.equalsIgnoreCase(word);
  }

  boolean isSymbol(String symbol) {
    return kind == Kind.SYMBOL && value.equals(symbol);
  }

  boolean isIdentifier() {
    return kind == Kind.WORD || kind == Kind.QUOTED_IDENTIFIER;
  }

  boolean isString() {
    return kind == Kind.STRING;
  }
}
