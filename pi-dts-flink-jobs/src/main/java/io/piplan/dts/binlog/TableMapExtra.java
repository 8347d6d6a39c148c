package io.piplan.dts.binlog;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a TABLE_MAP event says beyond types, where {@code binlog_row_metadata} has the server do so.
 * It decides whether what is known of the table is what the rows were written by.
 *
 * @param unsigned of each numeric column whether it is; null if not said
 * @param names of the columns; null if not said
 * @param enums the labels of each ENUM column; null if not said. Likewise {@code sets}
 */
record TableMapExtra(
    boolean[] unsigned, List<String> names, List<List<String>> enums, List<List<String>> sets) {
  private static final TableMapExtra NONE = new TableMapExtra(null, null, null, null);

  private static final int SIGNEDNESS = 1;
  private static final int COLUMN_NAME = 4;
  private static final int SET_LABELS = 5;
  private static final int ENUM_LABELS = 6;

  /** Out of what stands behind the bitmap of nullable columns. */
  static TableMapExtra parse(ByteReader in, int[] types) {
    TableMapExtra extra = NONE;
    while (in.remaining() > 0) {
      int kind = in.u8();
      int length = (int) in.packed();
      ByteReader value = new ByteReader(in.take(length), length);
      switch (kind) {
        case SIGNEDNESS -> extra = extra.withUnsigned(value, numbers(types));
        case COLUMN_NAME ->
            extra = new TableMapExtra(extra.unsigned, texts(value), extra.enums, extra.sets);
        case SET_LABELS ->
            extra = new TableMapExtra(extra.unsigned, extra.names, extra.enums, lists(value));
        case ENUM_LABELS ->
            extra = new TableMapExtra(extra.unsigned, extra.names, lists(value), extra.sets);
        default -> {
          // Character sets, keys and so on.
        }
      }
    }
    return extra;
  }

  private TableMapExtra withUnsigned(ByteReader in, int count) {
    boolean[] bits = new boolean[count];
    byte[] bytes = in.take(Math.min(in.remaining(), (count + 7) / 8));
    for (int i = 0; i < count && i / 8 < bytes.length; i++) {
      bits[i] = (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
    }
    return new TableMapExtra(bits, names, enums, sets);
  }

  private static int numbers(int[] types) {
    int count = 0;
    for (int type : types) {
      count += isNumber(type) ? 1 : 0;
    }
    return count;
  }

  private static boolean isNumber(int type) {
    return switch (type) {
      case PhysicalType.TINY,
              PhysicalType.SHORT,
              PhysicalType.INT24,
              PhysicalType.LONG,
              PhysicalType.LONGLONG,
              PhysicalType.NEWDECIMAL,
              PhysicalType.FLOAT,
              PhysicalType.DOUBLE,
              PhysicalType.YEAR ->
          true;
      default -> false;
    };
  }

  private static List<String> texts(ByteReader in) {
    List<String> texts = new ArrayList<>();
    while (in.remaining() > 0) {
      texts.add(in.text((int) in.packed()));
    }
    return texts;
  }

  private static List<List<String>> lists(ByteReader in) {
    List<List<String>> lists = new ArrayList<>();
    while (in.remaining() > 0) {
      int count = (int) in.packed();
      List<String> labels = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        labels.add(in.text((int) in.packed()));
      }
      lists.add(labels);
    }
    return lists;
  }

  /** What it says that is not so in a schema, if anything. */
  Optional<String> contradicts(TableSchema schema, int[] types) {
    int number = 0;
    int enumeration = 0;
    int set = 0;
    for (int i = 0; i < types.length; i++) {
      Column column = schema.columns().get(i);
      if (names != null && !column.name().equalsIgnoreCase(names.get(i))) {
        return Optional.of("column " + (i + 1) + " is called " + names.get(i) + " there");
      }
      if (isNumber(types[i])) {
        boolean there = unsigned != null && unsigned[number++];
        boolean counts =
            unsigned != null && column.type().isInteger() && types[i] != PhysicalType.YEAR;
        if (counts && there != column.unsigned()) {
          return Optional.of(
              "column " + column.name() + " is " + (there ? "unsigned" : "signed") + " there");
        }
      }
      if (column.type() == ColumnType.ENUM && enums != null) {
        List<String> labels = enums.get(enumeration++);
        if (isOther(labels, column)) {
          return Optional.of("column " + column.name() + " has the labels " + labels + " there");
        }
      }
      if (column.type() == ColumnType.SET && sets != null) {
        List<String> labels = sets.get(set++);
        if (isOther(labels, column)) {
          return Optional.of("column " + column.name() + " has the labels " + labels + " there");
        }
      }
    }
    return Optional.empty();
  }

  /** Labels come in the column's character set; only UTF-8 was read right. */
  private static boolean isOther(List<String> labels, Column column) {
    return (column.charset() == null || TextCharsets.isUtf8(column.charset()))
        && !labels.equals(column.labels());
  }
}
