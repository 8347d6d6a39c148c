package io.piplan.dal;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A value in a statement: a literal, or the parameter of a prepared statement.
 *
 * @param text as MySQL prints it, in UTF-8; the bytes themselves of {@link Kind#BYTES}; null for
 *     NULL
 */
public record Value(Kind kind, byte[] text) {
  /** What it is compared as. */
  public enum Kind {
    NULL,
    NUMBER,
    TEXT,
    BYTES,
    /** A date or time. */
    TEMPORAL
  }

  public static final Value NULL = new Value(Kind.NULL, null);

  public Value {
    if ((kind == Kind.NULL) != (text == null)) {
      throw new IllegalArgumentException(kind + " with " + (text == null ? "no text" : "a text"));
    }
  }

  public static Value whole(long number) {
    return number(Long.toString(number));
  }

  /** A number as MySQL writes it. */
  public static Value number(String number) {
    return new Value(Kind.NUMBER, number.getBytes(StandardCharsets.UTF_8));
  }

  public static Value number(BigDecimal number) {
    return number(number.toPlainString());
  }

  public static Value text(String text) {
    return new Value(Kind.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public static Value temporal(String text) {
    return new Value(Kind.TEMPORAL, text.getBytes(StandardCharsets.UTF_8));
  }

  public static Value bytes(byte[] bytes) {
    return new Value(Kind.BYTES, bytes.clone());
  }

  public boolean isNull() {
    return kind == Kind.NULL;
  }

  public String asText() {
    return text == null ? "NULL" : new String(text, StandardCharsets.UTF_8);
  }

  /** As a literal of MySQL's SQL that means the same in every sql_mode. */
  public String literal() {
    return switch (kind) {
      case NULL -> "NULL";
      case NUMBER -> asText();
      case BYTES -> text.length == 0 ? "''" : "x'" + HexFormat.of().formatHex(text) + "'";
      case TEMPORAL -> "'" + asText() + "'";
      case TEXT -> textLiteral();
    };
  }

  /** A backslash means itself in NO_BACKSLASH_ESCAPES only: such texts are written as bytes. */
  private String textLiteral() {
    for (byte b : text) {
      if (b == '\\' || b == 0) {
        return "_utf8mb4 x'" + HexFormat.of().formatHex(text) + "'";
      }
    }
    return "'" + asText().replace("'", "''") + "'";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Value that
        && kind == that.kind
        && java.util.Arrays.equals(text, that.text);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, java.util.Arrays.hashCode(text));
  }

  @Override
  public String toString() {
    return literal();
  }
}
