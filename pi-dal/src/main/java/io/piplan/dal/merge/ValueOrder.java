package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Compares two rows by one key as the server does: NULL first, numbers by value, texts by the bytes
 * that their collation gives.
 */
final class ValueOrder {
  /** How values are compared. */
  private enum Kind {
    EXACT,
    FLOATING,
    TIME,
    TEXT,
    /** An ENUM or SET by its number, which is the weight. */
    LISTED,
    BYTES
  }

  private final int column;
  private final int weight;
  private final boolean isFloat;
  private final Kind kind;

  /**
   * The order of a key.
   *
   * @param columns all, the hidden ones too
   */
  ValueOrder(MergeSpec.Key key, MergeSpec spec, List<Column> columns) {
    this.column = spec.index(key.column(), columns.size());
    this.weight = spec.index(key.weight(), columns.size());
    this.kind =
        column == weight
            ? kind(columns.get(column))
            : weighed(columns.get(column), columns.get(weight));
    this.isFloat = columns.get(column).type() == ColumnType.FLOAT;
    if (isFloat && columns.get(weight).type() != ColumnType.DOUBLE) {
      throw new DalException(
          DalError.REFUSED,
          "over several shards FLOAT values can't be compared, of which six digits are shown, here"
              + " of column "
              + columns.get(column).name()
              + "; use the value + 0E0");
    }
    if (kind == Kind.TEXT
        && (key.weight() == key.column() || ColumnType.isNumber(columns.get(weight).type()))) {
      throw new DalException(
          DalError.REFUSED,
          "over several shards texts of column "
              + columns.get(column).name()
              + " can't be compared here; run the parts one by one");
    }
  }

  private static Kind weighed(Column column, Column weight) {
    return column.isListed() && ColumnType.isNumber(weight.type()) ? Kind.LISTED : kind(column);
  }

  private static Kind kind(Column column) {
    if (column.isListed()
        || column.type() == ColumnType.JSON
        || column.type() == ColumnType.GEOMETRY) {
      throw new DalException(
          DalError.REFUSED,
          "over several shards ENUM, SET, JSON and geometry columns can't be compared, here "
              + column.name()
              + "; use an expression of another type, as "
              + column.name()
              + "+0 of an ENUM");
    }
    if (column.showsBitsAsNumber()
        || ColumnType.isWholeNumber(column.type())
        || ColumnType.isDecimal(column.type())) {
      return Kind.EXACT;
    }
    if (ColumnType.isFloating(column.type())) {
      return Kind.FLOATING;
    }
    if (column.type() == ColumnType.TIME) {
      return Kind.TIME;
    }
    boolean text =
        column.collation() != Column.BINARY_COLLATION
            && (column.type() == ColumnType.VAR_STRING
                || column.type() == ColumnType.STRING
                || column.type() == ColumnType.BLOB
                || column.type() == ColumnType.TINY_BLOB
                || column.type() == ColumnType.MEDIUM_BLOB
                || column.type() == ColumnType.LONG_BLOB
                || column.type() == 15);
    return text ? Kind.TEXT : Kind.BYTES;
  }

  byte[] value(List<byte[]> row) {
    return row.get(column);
  }

  void set(List<byte[]> row, List<byte[]> from) {
    row.set(column, from.get(column));
    row.set(weight, from.get(weight));
  }

  int compare(List<byte[]> left, List<byte[]> right) {
    byte[] a = left.get(column);
    byte[] b = right.get(column);
    if (a == null || b == null) {
      return a == b ? 0 : a == null ? -1 : 1;
    }
    return switch (kind) {
      case EXACT -> decimal(a).compareTo(decimal(b));
      case FLOATING -> Double.compare(floating(number(left)), floating(number(right)));
      case TIME -> time(a).compareTo(time(b));
      case TEXT -> Arrays.compareUnsigned(weight(left), weight(right));
      case LISTED -> decimal(weight(left)).compareTo(decimal(weight(right)));
      case BYTES -> Arrays.compareUnsigned(a, b);
    };
  }

  /** As the servers order in GROUP_CONCAT: NULL as 0, or as nothing at all. */
  int compareWithoutNull(List<byte[]> left, List<byte[]> right) {
    byte[] a = left.get(column);
    byte[] b = right.get(column);
    if (a != null && b != null) {
      return compare(left, right);
    }
    return switch (kind) {
      case EXACT ->
          (a == null ? BigDecimal.ZERO : decimal(a))
              .compareTo(b == null ? BigDecimal.ZERO : decimal(b));
      case FLOATING ->
          Double.compare(
              a == null ? 0 : floating(number(left)), b == null ? 0 : floating(number(right)));
      case TIME ->
          (a == null ? BigDecimal.ZERO : time(a)).compareTo(b == null ? BigDecimal.ZERO : time(b));
      case TEXT, LISTED, BYTES ->
          Boolean.compare(a != null && a.length > 0, b != null && b.length > 0);
    };
  }

  private byte[] weight(List<byte[]> row) {
    byte[] bytes = row.get(weight);
    if (bytes == null) {
      throw new DalException(
          DalError.REFUSED, "the server gives no WEIGHT_STRING of column " + column);
    }
    return bytes;
  }

  /** Of a FLOAT all of its digits. */
  private byte[] number(List<byte[]> row) {
    return row.get(isFloat ? weight : column);
  }

  /** Equal for equal values; null for NULL. */
  Object identity(List<byte[]> row) {
    byte[] value = row.get(column);
    if (value == null) {
      return null;
    }
    return switch (kind) {
      case EXACT -> decimal(value).stripTrailingZeros();
      case FLOATING -> floating(number(row));
      case TIME -> time(value);
      case TEXT -> java.nio.ByteBuffer.wrap(weight(row));
      case LISTED -> decimal(weight(row)).stripTrailingZeros();
      case BYTES -> java.nio.ByteBuffer.wrap(value);
    };
  }

  static BigDecimal decimal(byte[] text) {
    return new BigDecimal(new String(text, StandardCharsets.US_ASCII));
  }

  /** Both zeros are equal. */
  static double floating(byte[] text) {
    return Double.parseDouble(new String(text, StandardCharsets.US_ASCII)) + 0.0;
  }

  /** {@code -838:59:59.000000} as a number of seconds. */
  private static BigDecimal time(byte[] text) {
    String time = new String(text, StandardCharsets.US_ASCII);
    String[] parts = time.replace("-", "").split(":", -1);
    BigDecimal seconds =
        new BigDecimal(parts[0])
            .multiply(BigDecimal.valueOf(3600))
            .add(new BigDecimal(parts[1]).multiply(BigDecimal.valueOf(60)))
            .add(new BigDecimal(parts[2]));
    return (time.startsWith("-") ? seconds.negate() : seconds).stripTrailingZeros();
  }
}
