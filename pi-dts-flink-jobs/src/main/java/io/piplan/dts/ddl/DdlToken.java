package io.piplan.dts.ddl;

import java.util.Locale;

/**
 * A part of a statement.
 *
 * @param text the word or sign; of what was quoted its content
 * @param start where it begins in the statement
 * @param end where it ends
 */
record DdlToken(Kind kind, String text, int start, int end) {
  enum Kind {
    WORD,
    /** A name in quotes. */
    NAME,
    TEXT,
    SIGN,
    END
  }

  boolean is(String word) {
    return (kind == Kind.WORD || kind == Kind.SIGN) && text.equalsIgnoreCase(word);
  }

  boolean isName() {
    return kind == Kind.WORD || kind == Kind.NAME;
  }

  /** The word in upper case, the sign; empty for anything quoted and at the end. */
  String word() {
    return kind == Kind.WORD || kind == Kind.SIGN ? text.toUpperCase(Locale.ROOT) : "";
  }
}
