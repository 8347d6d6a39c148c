package io.piplan.dts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Rows of one table, one after another in one array, so that a batch of thousands costs neither
 * objects nor more than a copy on its way. Each value, in the canonical form of {@link ColumnType},
 * follows its length as the MySQL protocol writes it: one byte up to 250; 251 for NULL; 252, 253 or
 * 254 and then 2, 3 or 8 bytes, the lowest first. The array must not be changed by anyone.
 */
public record PackedRows(int rows, int columns, byte[] data) {
  static final int NULL = 251;
  static final int TWO_BYTES = 252;
  static final int THREE_BYTES = 253;
  static final int EIGHT_BYTES = 254;

  public static PackedRows of(Collection<Row> rows) {
    int columns = rows.isEmpty() ? 0 : rows.iterator().next().size();
    RowPacker packer = new RowPacker(columns, 1024);
    rows.forEach(packer::add);
    return packer.take();
  }

  public boolean isEmpty() {
    return rows == 0;
  }

  /** Before the first row. */
  public Cursor cursor() {
    return new Cursor(this);
  }

  public List<Row> unpack() {
    List<Row> unpacked = new ArrayList<>(rows);
    Cursor row = cursor();
    while (row.next()) {
      unpacked.add(row.row());
    }
    return unpacked;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PackedRows packed
        && rows == packed.rows
        && columns == packed.columns
        && Arrays.equals(data, packed.data);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * rows + columns) + Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return rows + " rows in " + data.length + " bytes";
  }

  /** Goes from row to row. Not thread-safe. */
  public static final class Cursor {
    private final byte[] data;
    private final int rows;
    private final int[] offsets;
    private final int[] lengths;
    private int row;
    private int start;
    private int at;

    private Cursor(PackedRows packed) {
      data = packed.data;
      rows = packed.rows;
      offsets = new int[packed.columns];
      lengths = new int[packed.columns];
    }

    /** Goes to the next row; false if there is none. */
    public boolean next() {
      if (row == rows) {
        return false;
      }
      row++;
      start = at;
      int place = at;
      for (int c = 0; c < lengths.length; c++) {
        int length = data[place++] & 0xff;
        if (length >= NULL) {
          at = place;
          length = longLength(length);
          place = at;
        }
        offsets[c] = place;
        lengths[c] = length;
        place += Math.max(0, length);
      }
      at = place;
      return true;
    }

    private int longLength(int mark) {
      if (mark == NULL) {
        return -1;
      }
      int bytes = mark == TWO_BYTES ? 2 : mark == THREE_BYTES ? 3 : 8;
      int length = 0;
      for (int i = 0; i < Math.min(4, bytes); i++) {
        length |= (data[at + i] & 0xff) << (8 * i);
      }
      at += bytes;
      return length;
    }

    /** The array that all values are in. */
    public byte[] data() {
      return data;
    }

    /** Where a value of this row begins. */
    public int offset(int column) {
      return offsets[column];
    }

    /** Bytes of a value of this row, -1 for NULL. */
    public int length(int column) {
      return lengths[column];
    }

    /** A copy of a value, or null. */
    public byte[] value(int column) {
      int length = lengths[column];
      return length < 0
          ? null
          : Arrays.copyOfRange(data, offsets[column], offsets[column] + length);
    }

    /** A copy of this row. */
    public Row row() {
      byte[][] values = new byte[lengths.length][];
      for (int c = 0; c < values.length; c++) {
        values[c] = value(c);
      }
      return new Row(values);
    }

    /** The number of this row, from 0. */
    int index() {
      return row - 1;
    }

    int start() {
      return start;
    }

    int end() {
      return at;
    }
  }
}
