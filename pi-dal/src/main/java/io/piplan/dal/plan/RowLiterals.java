package io.piplan.dal.plan;

import io.piplan.dal.Value;
import io.piplan.dal.rules.ColumnShape;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * How a stored value is read and written again unchanged. Sessions must have one time zone for
 * both.
 */
public final class RowLiterals {
  private RowLiterals() {}

  /** What to select so that the text holds the whole value: a FLOAT is shown with six digits. */
  public static String selected(ColumnShape column) {
    String name = UsedTable.quoted(column.name());
    return column.dataType().equals("float") ? name + " + 0E0" : name;
  }

  /**
   * The literal of a value.
   *
   * @param text as the server shows it; null for NULL
   */
  public static String of(ColumnShape column, byte[] text) {
    if (text == null) {
      return "NULL";
    }
    return switch (column.dataType()) {
      case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal" -> ascii(text);
      case "float", "double" ->
          ascii(text).toLowerCase(Locale.ROOT).contains("e") ? ascii(text) : ascii(text) + "E0";
      case "binary",
              "varbinary",
              "tinyblob",
              "blob",
              "mediumblob",
              "longblob",
              "bit",
              "geometry",
              "point",
              "linestring",
              "polygon",
              "multipoint",
              "multilinestring",
              "multipolygon",
              "geometrycollection",
              "geomcollection" ->
          Value.bytes(text).literal();
      default -> Value.text(new String(text, StandardCharsets.UTF_8)).literal();
    };
  }

  /** The value of a sharding column. */
  static Value value(ColumnShape column, byte[] text) {
    if (text == null) {
      return Value.NULL;
    }
    String shown = new String(text, StandardCharsets.UTF_8);
    if (column.isWholeNumber()) {
      // An expression may give any number, or none.
      return shown.matches("-?[0-9]+(\\.[0-9]+)?") ? Value.number(shown) : Value.text(shown);
    }
    return column.isDate() ? Value.temporal(shown) : Value.text(shown);
  }

  private static String ascii(byte[] text) {
    return new String(text, StandardCharsets.US_ASCII);
  }

  /** The key of a stored value; empty if it has none. */
  public static Optional<byte[]> key(ColumnShape column, byte[] text) {
    return KeyValues.written(column, value(column, text));
  }
}
