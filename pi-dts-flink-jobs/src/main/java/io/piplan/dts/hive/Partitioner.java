package io.piplan.dts.hive;

import io.piplan.dts.ColumnType;
import io.piplan.dts.PartitionBy;
import io.piplan.dts.TableSchema;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Tells which partition a row belongs to. Partition values are plain text that is safe in a path
 * and that no metastore can take for equal to another: letters in lower case.
 */
final class Partitioner {
  /** Where rows are whose value is NULL, empty or no date. */
  static final String NONE = "none";

  /** Where the ends of parent rows are, which concern every partition. */
  static final String PARENTS = "parents";

  private static final int LONGEST = 80;

  /** Whole numbers with fewer, a sign among them, are longs. */
  private static final int LONG_DIGITS = 19;

  private final int[] columns;
  private final ColumnType[] types;
  private final PartitionBy[] by;

  Partitioner(TableSchema schema, List<PartitionBy> partitions) {
    by = partitions.toArray(new PartitionBy[0]);
    columns = new int[by.length];
    types = new ColumnType[by.length];
    for (int i = 0; i < by.length; i++) {
      columns[i] = schema.indexOf(by[i].column());
      types[i] = schema.columns().get(columns[i]).type();
    }
  }

  boolean isNone() {
    return by.length == 0;
  }

  List<String> values(RowValues row) {
    if (by.length == 0) {
      return List.of();
    }
    List<String> values = new ArrayList<>(by.length);
    for (int i = 0; i < by.length; i++) {
      values.add(value(row, i));
    }
    return values;
  }

  /** The partition of the ends of parent rows. */
  List<String> parents() {
    return Arrays.stream(by).map(each -> PARENTS).toList();
  }

  private String value(RowValues row, int i) {
    int column = columns[i];
    if (row.isNull(column) || row.length(column) == 0) {
      return NONE;
    }
    return switch (by[i].transform()) {
      case YEAR, MONTH, DAY, HOUR -> time(row, column, by[i].transform());
      case VALUE -> plain(row, column, types[i]);
      case BUCKET -> Integer.toString(Math.floorMod(hash(row, column, types[i]), by[i].number()));
      case RANGE -> range(row, column, types[i], by[i].number());
    };
  }

  private static String range(RowValues row, int column, ColumnType type, int width) {
    if (row.length(column) >= LONG_DIGITS) {
      BigInteger value = new BigInteger(row.text(column));
      return value.subtract(value.mod(BigInteger.valueOf(width))).toString();
    }
    return Long.toString(Math.floorDiv(whole(row, column, type), width) * width);
  }

  private static String time(RowValues row, int column, PartitionBy.Transform transform) {
    int length =
        switch (transform) {
          case YEAR -> 4;
          case MONTH -> 7;
          case DAY -> 10;
          default -> 13;
        };
    byte[] data = row.data(column);
    int offset = row.offset(column);
    if (CanonicalNumbers.isZeroDate(data, offset, row.length(column))
        || row.length(column) < length) {
      return NONE;
    }
    byte[] text = Arrays.copyOfRange(data, offset, offset + length);
    if (length == 13) {
      text[10] = '-';
    }
    return new String(text, StandardCharsets.US_ASCII);
  }

  private static long whole(RowValues row, int column, ColumnType type) {
    byte[] data = row.data(column);
    return type == ColumnType.BIT
        ? CanonicalNumbers.bits(data, row.offset(column), row.length(column))
        : CanonicalNumbers.whole(data, row.offset(column), row.length(column));
  }

  private static String plain(RowValues row, int column, ColumnType type) {
    if (type == ColumnType.BIT) {
      return Long.toUnsignedString(whole(row, column, type));
    }
    String text = row.text(column).strip().toLowerCase(Locale.ROOT);
    if (text.isEmpty()) {
      return NONE;
    }
    if (text.length() <= LONGEST) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
    return text.substring(0, end).stripTrailing();
  }

  private static int hash(RowValues row, int column, ColumnType type) {
    if (type.isInteger()) {
      return Long.hashCode(whole(row, column, type) * 0x9E3779B97F4A7C15L);
    }
    if (type.isCollated()) {
      return plain(row, column, type).hashCode();
    }
    int hash = 1;
    for (int i = 0; i < row.length(column); i++) {
      hash = 31 * hash + row.at(column, i);
    }
    return hash;
  }
}
