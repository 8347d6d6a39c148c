package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.Lsn;
import java.util.Arrays;

/** Packs rows for one writer until they make a batch. */
final class BatchPacker {
  static final int MOST_ROWS = 2_000;
  static final int ENOUGH_BYTES = 256 << 10;

  private final ChunkId chunk;
  private final int writer;
  private final Lsn snapshot;
  private final int columns;
  private int[] lengths;
  private byte[] data = new byte[16 << 10];
  private int rows;
  private int bytes;
  private long total;

  BatchPacker(ChunkId chunk, int writer, Lsn snapshot, int columns) {
    this.chunk = chunk;
    this.writer = writer;
    this.snapshot = snapshot;
    this.columns = columns;
    this.lengths = new int[columns * 64];
  }

  void add(byte[][] values) {
    int at = rows * columns;
    if (at + columns > lengths.length) {
      lengths = Arrays.copyOf(lengths, lengths.length * 2);
    }
    for (byte[] value : values) {
      lengths[at++] = value == null ? -1 : value.length;
      if (value != null) {
        reserve(value.length);
        System.arraycopy(value, 0, data, bytes, value.length);
        bytes += value.length;
      }
    }
    rows++;
    total++;
  }

  private void reserve(int more) {
    int need = Math.addExact(bytes, more);
    if (need > data.length) {
      data = Arrays.copyOf(data, Math.max(need, (int) Math.min(data.length * 2L, 1 << 30)));
    }
  }

  boolean isFull() {
    return rows >= MOST_ROWS || bytes >= ENOUGH_BYTES;
  }

  boolean isEmpty() {
    return rows == 0;
  }

  /** Rows ever added. */
  long total() {
    return total;
  }

  CopyBatch take() {
    CopyBatch batch =
        new CopyBatch(
            chunk,
            writer,
            snapshot,
            snapshot,
            rows,
            Arrays.copyOf(lengths, rows * columns),
            Arrays.copyOf(data, bytes));
    rows = 0;
    bytes = 0;
    return batch;
  }
}
