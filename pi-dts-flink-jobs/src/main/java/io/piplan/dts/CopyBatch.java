package io.piplan.dts;

import java.util.Objects;

/**
 * Copied rows of one chunk for one lane owner, packed: {@code data} holds all values of all rows
 * one after another, {@code lengths} has one entry a value ({@code rows × columns}), -1 for NULL.
 * Values are in the canonical form of {@link ColumnType}.
 *
 * @param writer index of the writer that owns every row's lane
 * @param snapshot a boundary: the rows are exactly what the table held there, or, when {@code
 *     snapshotEnd} is later, somewhere from {@code snapshot} to {@code snapshotEnd}. It may be
 *     written only by a writer that is at or past {@code snapshotEnd}, and only the rows that have
 *     not changed since {@code snapshot} (I8)
 */
public record CopyBatch(
    ChunkId chunk, int writer, Lsn snapshot, Lsn snapshotEnd, int rows, int[] lengths, byte[] data)
    implements StreamElement {
  public CopyBatch {
    Objects.requireNonNull(chunk, "chunk");
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(snapshotEnd, "snapshotEnd");
    if (rows < 0 || (rows > 0 && lengths.length % rows != 0)) {
      throw new IllegalArgumentException(rows + " rows with " + lengths.length + " values");
    }
  }

  public int columns() {
    return rows == 0 ? 0 : lengths.length / rows;
  }

  /** The rows, unpacked. */
  public Row[] unpack() {
    Row[] unpacked = new Row[rows];
    int columns = columns();
    int offset = 0;
    int value = 0;
    for (int r = 0; r < rows; r++) {
      byte[][] values = new byte[columns][];
      for (int c = 0; c < columns; c++) {
        int length = lengths[value++];
        if (length >= 0) {
          values[c] = new byte[length];
          System.arraycopy(data, offset, values[c], 0, length);
          offset += length;
        }
      }
      unpacked[r] = new Row(values);
    }
    return unpacked;
  }
}
