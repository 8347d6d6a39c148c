package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Values of a result as literals of another statement. */
final class ResultLiterals {
  private ResultLiterals() {}

  /** To be stored: as the same value of the same kind. */
  static String stored(Column column, byte[] text) {
    if (text == null) {
      return "NULL";
    }
    if (column.type() == ColumnType.FLOAT) {
      throw new DalException(
          DalError.REFUSED,
          "column "
              + column.name()
              + " is a FLOAT, which servers show rounded; select it as "
              + column.name()
              + " + 0E0");
    }
    if (ColumnType.isWholeNumber(column.type()) || ColumnType.isDecimal(column.type())) {
      return ascii(text);
    }
    if (column.type() == ColumnType.DOUBLE) {
      return ascii(text).toLowerCase(Locale.ROOT).contains("e") ? ascii(text) : ascii(text) + "E0";
    }
    boolean temporal = ColumnType.isDate(column.type()) || column.type() == ColumnType.TIME;
    boolean bytes =
        !temporal
            && column.type() != ColumnType.JSON
            && column.collation() == Column.BINARY_COLLATION;
    return bytes
        ? Value.bytes(text).literal()
        : Value.text(new String(text, StandardCharsets.UTF_8)).literal();
  }

  /**
   * To be compared or computed with, as the column would be.
   *
   * @param collation of the column if it is a text; null if that isn't known
   * @param exact whether a decimal has no more digits than are shown
   */
  static String compared(Column column, byte[] text, String collation, boolean exact) {
    if (ColumnType.isDecimal(column.type()) && !exact) {
      throw new DalException(
          DalError.REFUSED,
          "a subquery computes a decimal, which has more digits than servers show; select a column,"
              + " or SUM, MIN, MAX or COUNT of one, or read the value first and write it");
    }
    if (column.type() == ColumnType.JSON || column.type() == ColumnType.GEOMETRY) {
      throw new DalException(
          DalError.REFUSED, "a subquery gives JSON or a geometry; read it first, and write it");
    }
    if (column.type() == ColumnType.BIT && text != null) {
      // Its bytes would be compared as a text.
      return column.showsBitsAsNumber() ? ascii(text) : new BigInteger(1, text).toString();
    }
    boolean temporal = ColumnType.isDate(column.type()) || column.type() == ColumnType.TIME;
    if (temporal && text != null && isRealTime(ascii(text), column.type())) {
      String kind =
          column.type() == ColumnType.DATE
              ? "DATE"
              : column.type() == ColumnType.TIME ? "TIME" : "TIMESTAMP";
      return kind + "'" + ascii(text) + "'";
    }
    boolean readable =
        !temporal
            && !ColumnType.isNumber(column.type())
            && column.type() != ColumnType.BIT
            && column.collation() != Column.BINARY_COLLATION;
    if (readable && text != null && collation == null) {
      throw new DalException(
          DalError.REFUSED,
          "a subquery gives texts of an expression, whose collation isn't known; select a column"
              + " of utf8mb4, or read the values first and write them");
    }
    return stored(column, text) + (readable && text != null ? " COLLATE " + collation : "");
  }

  private static boolean isRealTime(String text, int type) {
    return type == ColumnType.TIME || !(text.startsWith("0000") || text.contains("-00"));
  }

  /**
   * In an expression of aggregates.
   *
   * @param compares whether it may be compared with others there
   */
  static String operand(Column column, byte[] text, boolean compares) {
    boolean temporal = ColumnType.isDate(column.type()) || column.type() == ColumnType.TIME;
    boolean readable =
        column.type() == ColumnType.VAR_STRING
            || column.type() == ColumnType.STRING
            || column.type() == ColumnType.BLOB;
    if (temporal || (readable && !compares && !column.isListed())) {
      return text == null
          ? none(column)
          : temporal ? compared(column, text, null, true) : stored(column, text);
    }
    return typed(column, text);
  }

  /** Of the column's own type. */
  static String typed(Column column, byte[] text) {
    if (ColumnType.isDecimal(column.type())) {
      long digits =
          column.length() - (column.decimals() > 0 ? 1 : 0) - (column.isUnsigned() ? 0 : 1);
      return "CAST("
          + (text == null ? "NULL" : ascii(text))
          + " AS DECIMAL("
          + Math.max(1, Math.min(65, digits))
          + ", "
          + column.decimals()
          + "))";
    }
    if (ColumnType.isWholeNumber(column.type())) {
      return "CAST("
          + (text == null ? "NULL" : ascii(text))
          + (column.isUnsigned() ? " AS UNSIGNED)" : " AS SIGNED)");
    }
    if (column.type() == ColumnType.DOUBLE) {
      return text == null ? none(column) : stored(column, text);
    }
    throw new DalException(
        DalError.REFUSED,
        "over several shards an expression around an aggregate with ENUM, SET, JSON, FLOAT or bits in"
            + " it, or which compares texts; select the aggregate and the columns by themselves");
  }

  /** NULL of the column's type: what is computed with it has the same number of digits. */
  static String none(Column column) {
    if (ColumnType.isDecimal(column.type())) {
      return "CAST(NULL AS DECIMAL(65, " + Math.min(column.decimals(), 38) + "))";
    }
    if (ColumnType.isWholeNumber(column.type())) {
      return column.isUnsigned() ? "CAST(NULL AS UNSIGNED)" : "CAST(NULL AS SIGNED)";
    }
    return switch (column.type()) {
      case ColumnType.FLOAT, ColumnType.DOUBLE -> "CAST(NULL AS DOUBLE)";
      case ColumnType.DATE -> "CAST(NULL AS DATE)";
      case ColumnType.TIME -> "CAST(NULL AS TIME(" + column.decimals() % 7 + "))";
      case ColumnType.DATETIME, ColumnType.TIMESTAMP ->
          "CAST(NULL AS DATETIME(" + column.decimals() % 7 + "))";
      case ColumnType.VAR_STRING,
              ColumnType.STRING,
              ColumnType.TINY_BLOB,
              ColumnType.BLOB,
              ColumnType.MEDIUM_BLOB,
              ColumnType.LONG_BLOB ->
          // A text that gives way to the collation of any other.
          column.collation() == Column.BINARY_COLLATION ? "CAST(NULL AS BINARY)" : "NULLIF('', '')";
      default -> "NULL";
    };
  }

  private static String ascii(byte[] text) {
    return new String(text, StandardCharsets.US_ASCII);
  }
}
