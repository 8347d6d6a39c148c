package io.piplan.dal.plan;

import io.piplan.dal.Value;
import io.piplan.dal.rules.ColumnShape;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The canonical form of a key: equal in SQL means equal bytes. */
final class KeyValues {
  private static final String DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
  private static final String SECOND = DAY + " ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";

  private static final Pattern LENGTH = Pattern.compile("\\(([0-9]{1,9})\\)");

  private KeyValues() {}

  /**
   * The key of the rows that a column's comparison with this value finds.
   *
   * @return empty if rows of several keys could be equal to it, or that isn't known
   */
  static Optional<byte[]> compared(ColumnShape column, Value value) {
    if (value.isNull() || value.kind() == Value.Kind.BYTES) {
      return Optional.empty();
    }
    if (column.isWholeNumber()) {
      // A longer text may be compared as a floating number.
      boolean exact = value.kind() != Value.Kind.TEXT || value.asText().length() <= 15;
      return exact ? whole(value).map(KeyValues::utf8) : Optional.empty();
    }
    if (column.isText()) {
      return value.kind() == Value.Kind.TEXT
          ? Optional.of(utf8(trimmed(value.asText())))
          : Optional.empty();
    }
    return column.isDate() && value.kind() != Value.Kind.NUMBER
        ? date(column, value.asText())
        : Optional.empty();
  }

  /**
   * The key that a row gets which is written with this value.
   *
   * @return empty if the server could store something else
   */
  static Optional<byte[]> written(ColumnShape column, Value value) {
    if (column.isWholeNumber()) {
      return stored(column, value).map(KeyValues::utf8);
    }
    if (column.isText() && value.kind() == Value.Kind.NUMBER) {
      return value.asText().matches("-?[0-9]+") && isStored(column, value.asText())
          ? whole(value).map(KeyValues::utf8)
          : Optional.empty();
    }
    return column.isText() && !isStored(column, value.asText())
        ? Optional.empty()
        : compared(column, value);
  }

  /** The number that a column of whole numbers stores unchanged; empty if it may be another. */
  static Optional<BigInteger> stored(ColumnShape column, Value value) {
    return column.isWholeNumber() && isWhole(value)
        ? whole(value).filter(number -> fits(column, number))
        : Optional.empty();
  }

  /** Whether it is a whole number, however large. */
  static boolean isWhole(Value value) {
    return !value.isNull() && value.kind() != Value.Kind.BYTES && whole(value).isPresent();
  }

  /** Whether a column stores a text whole: long enough, and of its character set. */
  static boolean isStored(ColumnShape column, String text) {
    Matcher length = LENGTH.matcher(column.columnType());
    boolean fits =
        !length.find()
            || text.codePointCount(0, text.length()) <= Integer.parseInt(length.group(1));
    boolean anyCharacter = column.collation() != null && column.collation().startsWith("utf8mb4");
    return fits && (anyCharacter || text.chars().allMatch(c -> c < 0x80));
  }

  private static Optional<BigInteger> whole(Value value) {
    String text = value.asText();
    if (value.kind() == Value.Kind.TEXT && !text.matches("-?[0-9]{1,30}")) {
      return Optional.empty();
    }
    if (value.kind() == Value.Kind.TEMPORAL
        || text.length() > 40
        || text.indexOf('e') >= 0
        || text.indexOf('E') >= 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(new BigDecimal(text).toBigIntegerExact());
    } catch (ArithmeticException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean fits(ColumnShape column, BigInteger number) {
    int bits =
        switch (column.dataType()) {
          case "tinyint" -> 8;
          case "smallint" -> 16;
          case "mediumint" -> 24;
          case "int" -> 32;
          default -> 64;
        };
    return column.isUnsigned()
        ? number.signum() >= 0 && number.bitLength() <= bits
        : number.bitLength() <= bits - 1;
  }

  private static Optional<byte[]> date(ColumnShape column, String text) {
    if (!isDay(text)) {
      return Optional.empty();
    }
    if (column.dataType().equals("date")) {
      return text.matches(DAY) ? Optional.of(utf8(text)) : Optional.empty();
    }
    if (text.matches(DAY)) {
      return Optional.of(utf8(text + " 00:00:00"));
    }
    return text.matches(SECOND) ? Optional.of(utf8(text)) : Optional.empty();
  }

  /** Others the server stores as a day of zeros, or not at all. */
  private static boolean isDay(String text) {
    if (!text.matches(DAY + ".*")) {
      return false;
    }
    int year = Integer.parseInt(text.substring(0, 4));
    int month = Integer.parseInt(text.substring(5, 7));
    int day = Integer.parseInt(text.substring(8, 10));
    boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int last =
        switch (month) {
          case 2 -> leap ? 29 : 28;
          case 4, 6, 9, 11 -> 30;
          default -> 31;
        };
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= last;
  }

  /** Spaces at the end don't count for most collations, and may be anywhere for the others. */
  private static String trimmed(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }

  private static byte[] utf8(Object text) {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
