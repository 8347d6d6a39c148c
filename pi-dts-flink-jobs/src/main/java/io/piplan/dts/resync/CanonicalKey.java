package io.piplan.dts.resync;

import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Brings keys that a target has into the form in which the source's binlog would tell them: only
 * then it is known which writer they belong to, and whether they have changed lately.
 */
public final class CanonicalKey {
  private CanonicalKey() {}

  /** Columns of the key whose form cannot be told from a target's value. */
  public static List<String> unknown(TableSchema schema) {
    return schema.key().stream()
        .filter(
            name ->
                switch (schema.column(name).orElseThrow().type()) {
                  case FLOAT, DOUBLE, BIT, JSON, INET, GEOMETRY, BLOB, TEXT -> true;
                  default -> false;
                })
        .toList();
  }

  /** A row that has nothing but its key. */
  public static Row row(TableSchema schema, Row normal) {
    byte[][] values = new byte[schema.columns().size()][];
    int[] key = schema.keyIndexes();
    for (int k = 0; k < key.length; k++) {
      values[key[k]] = value(schema.columns().get(key[k]), normal.value(k));
    }
    return new Row(values);
  }

  /**
   * A row that has nothing but its key, as a person has typed it.
   *
   * @throws DtsException {@code DEFINITION_BAD_OPTION} if it is no key of the table
   */
  public static Row typed(TableSchema schema, List<String> values) {
    if (values.size() != schema.key().size()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "found " + values.size() + " values for a key of " + schema.id(),
          "give a value for each of " + schema.key() + ", with commas between");
    }
    List<String> unknown = unknown(schema);
    if (!unknown.isEmpty()) {
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          "rows of "
              + schema.id()
              + " cannot be named by "
              + unknown
              + ", whose type is printed"
              + " differently by servers",
          "use --where");
    }
    byte[][] normal = new byte[values.size()][];
    for (int k = 0; k < normal.length; k++) {
      Column column = schema.column(schema.key().get(k)).orElseThrow();
      try {
        normal[k] = typed(column, values.get(k));
      } catch (IllegalArgumentException e) {
        throw new DtsException(
            DtsError.DEFINITION_BAD_OPTION,
            "'"
                + values.get(k)
                + "' is no value of column "
                + column.name()
                + ", which is "
                + column.columnType(),
            "write it as the source prints it; bytes as 0x…",
            e);
      }
    }
    return row(schema, new Row(normal));
  }

  private static byte[] typed(Column column, String text) {
    return switch (column.type()) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR ->
          bytes(new BigInteger(text.strip()).toString());
      case DECIMAL -> bytes(new BigDecimal(text.strip()).toPlainString());
      case DATE -> bytes(matching(text, "\\d{4}-\\d\\d-\\d\\d") + " 00:00:00");
      case DATETIME, TIMESTAMP ->
          bytes(matching(text, "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?"));
      case TIME ->
          bytes(Long.toString(micros(matching(text, "-?\\d+:\\d\\d:\\d\\d(\\.\\d{1,6})?"))));
      case UUID -> bytes(text.strip().toLowerCase(Locale.ROOT).replace("-", ""));
      case BINARY -> Arrays.copyOf(raw(text), (int) column.length());
      case VARBINARY -> raw(text);
      default -> bytes(text);
    };
  }

  private static String matching(String text, String pattern) {
    if (!text.strip().matches(pattern)) {
      throw new IllegalArgumentException(text);
    }
    return text.strip();
  }

  private static long micros(String time) {
    List<String> parts = List.of(time.replace("-", "").split("[:.]", 4));
    long seconds =
        Long.parseLong(parts.get(0)) * 3600
            + Long.parseLong(parts.get(1)) * 60
            + Long.parseLong(parts.get(2));
    long fraction =
        parts.size() == 4 ? Long.parseLong((parts.get(3) + "000000").substring(0, 6)) : 0;
    return (time.startsWith("-") ? -1 : 1) * (seconds * 1_000_000 + fraction);
  }

  private static byte[] raw(String text) {
    return text.startsWith("0x") || text.startsWith("0X")
        ? HexFormat.of().parseHex(text.substring(2))
        : bytes(text);
  }

  private static byte[] value(Column column, byte[] normal) {
    String text = new String(normal, StandardCharsets.UTF_8);
    return switch (column.type()) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT -> normal;
      case YEAR -> bytes("0000".substring(Math.min(4, text.length())) + text);
      case DECIMAL ->
          bytes(
              new BigDecimal(text)
                  .setScale(column.scale(), RoundingMode.UNNECESSARY)
                  .toPlainString());
      case DATE -> bytes(text.substring(0, 10));
      case DATETIME, TIMESTAMP -> bytes(fraction(text, column.scale()));
      case TIME -> bytes(time(Long.parseLong(text), column.scale()));
      case UUID -> bytes(text.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5"));
      case CHAR, VARCHAR, ENUM, SET, BINARY, VARBINARY -> normal;
      default ->
          throw new DtsException(
              DtsError.INTERNAL,
              "a key column " + column.name() + " of type " + column.type(),
              "report this");
    };
  }

  /** With just so many digits after the point. */
  private static String fraction(String time, int digits) {
    int point = time.indexOf('.');
    String whole = point < 0 ? time : time.substring(0, point);
    String rest = point < 0 ? "" : time.substring(point + 1);
    return digits == 0 ? whole : whole + "." + (rest + "000000").substring(0, digits);
  }

  private static String time(long micros, int digits) {
    long rest = Math.abs(micros);
    String time =
        String.format(
            "%s%02d:%02d:%02d.%06d",
            micros < 0 ? "-" : "",
            rest / 3_600_000_000L,
            rest / 60_000_000L % 60,
            rest / 1_000_000L % 60,
            rest % 1_000_000L);
    return fraction(time, digits);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
