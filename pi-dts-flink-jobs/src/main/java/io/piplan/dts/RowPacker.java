package io.piplan.dts;

import java.util.Arrays;

/** Makes {@link PackedRows}. Can be used again after {@link #take}. Not thread-safe. */
public final class RowPacker {
  private static final int LONGEST_MARK = 9;

  private final int columns;
  private byte[] data;
  private int length;
  private int rows;

  /**
   * @param bytes to make room for at first
   */
  public RowPacker(int columns, int bytes) {
    this.columns = columns;
    this.data = new byte[bytes];
  }

  public int rows() {
    return rows;
  }

  /** Bytes packed so far. */
  public int bytes() {
    return length;
  }

  public void add(Row row) {
    add(row.values());
  }

  /** Adds a row, null for NULL. */
  public void add(byte[][] values) {
    if (values.length != columns) {
      throw new IllegalArgumentException(values.length + " values for " + columns + " columns");
    }
    for (byte[] value : values) {
      put(value);
    }
    rows++;
  }

  /** Adds the row that a cursor is at. */
  public void add(PackedRows.Cursor row) {
    int count = row.end() - row.start();
    reserve(count);
    System.arraycopy(row.data(), row.start(), data, length, count);
    length += count;
    rows++;
  }

  /** Adds the rows that come before the one that a cursor is at. */
  public void addAllBefore(PackedRows.Cursor row) {
    reserve(row.start());
    System.arraycopy(row.data(), 0, data, length, row.start());
    length += row.start();
    rows += row.index();
  }

  private void put(byte[] value) {
    if (value == null) {
      reserve(1);
      data[length++] = (byte) PackedRows.NULL;
      return;
    }
    reserve(Math.addExact(value.length, LONGEST_MARK));
    if (value.length < PackedRows.NULL) {
      data[length++] = (byte) value.length;
    } else {
      mark(value.length);
    }
    System.arraycopy(value, 0, data, length, value.length);
    length += value.length;
  }

  private void mark(int count) {
    int bytes = count <= 0xffff ? 2 : count <= 0xffffff ? 3 : 8;
    data[length++] =
        (byte)
            (bytes == 2
                ? PackedRows.TWO_BYTES
                : bytes == 3 ? PackedRows.THREE_BYTES : PackedRows.EIGHT_BYTES);
    for (int i = 0; i < bytes; i++) {
      data[length++] = (byte) ((long) count >>> (8 * i));
    }
  }

  private void reserve(int more) {
    int need = Math.addExact(length, more);
    if (need > data.length) {
      data = Arrays.copyOf(data, Math.max(need, (int) Math.min(data.length * 2L, 1 << 30)));
    }
  }

  /** What was added since the last time. */
  public PackedRows take() {
    PackedRows packed = new PackedRows(rows, columns, Arrays.copyOf(data, length));
    rows = 0;
    length = 0;
    return packed;
  }
}
