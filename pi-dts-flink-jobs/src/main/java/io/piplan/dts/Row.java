package io.piplan.dts;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The values of one row in the canonical form of {@link ColumnType}, one per column of its {@link
 * TableSchema}; null is SQL NULL. The arrays are not copied and must not be changed by anyone after
 * construction: rows cross the job at tens of thousands a second.
 */
public record Row(byte[][] values) {
  public static Row of(String... values) {
    byte[][] bytes = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = values[i] == null ? null : values[i].getBytes(StandardCharsets.UTF_8);
    }
    return new Row(bytes);
  }

  public byte[] value(int column) {
    return values[column];
  }

  public int size() {
    return values.length;
  }

  /** The value as text, or null. Meaningless for raw columns. */
  public String text(int column) {
    return values[column] == null ? null : new String(values[column], StandardCharsets.UTF_8);
  }

  /** Bytes of all values, for rates and batch limits. */
  public long bytes() {
    long sum = 0;
    for (byte[] value : values) {
      sum += value == null ? 0 : value.length;
    }
    return sum;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Row row && Arrays.deepEquals(values, row.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < values.length; i++) {
      text.append(i == 0 ? "" : ", ").append(values[i] == null ? "NULL" : text(i));
    }
    return text.append(')').toString();
  }
}
