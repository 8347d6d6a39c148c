package io.piplan.dts.hive;

import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The values of one source row, wherever they lie, in the canonical form of {@link
 * io.piplan.dts.ColumnType}. Reused from row to row.
 */
final class RowValues {
  private final byte[][] data;
  private final int[] offsets;
  private final int[] lengths;

  RowValues(int columns) {
    data = new byte[columns][];
    offsets = new int[columns];
    lengths = new int[columns];
  }

  RowValues set(Row row) {
    for (int i = 0; i < data.length; i++) {
      byte[] value = row.value(i);
      data[i] = value;
      offsets[i] = 0;
      lengths[i] = value == null ? -1 : value.length;
    }
    return this;
  }

  RowValues set(PackedRows.Cursor row) {
    Arrays.fill(data, row.data());
    for (int i = 0; i < data.length; i++) {
      offsets[i] = row.offset(i);
      lengths[i] = row.length(i);
    }
    return this;
  }

  /** Leaves only some columns; the others become NULL. */
  void keepOnly(int[] columns) {
    for (int i = 0; i < lengths.length; i++) {
      int index = i;
      if (Arrays.stream(columns).noneMatch(column -> column == index)) {
        lengths[i] = -1;
      }
    }
  }

  boolean isNull(int column) {
    return lengths[column] < 0;
  }

  byte[] data(int column) {
    return data[column];
  }

  int offset(int column) {
    return offsets[column];
  }

  int length(int column) {
    return lengths[column];
  }

  byte at(int column, int index) {
    return data[column][offsets[column] + index];
  }

  /** As text; only for what is not NULL. */
  String text(int column) {
    return new String(data[column], offsets[column], lengths[column], StandardCharsets.UTF_8);
  }
}
