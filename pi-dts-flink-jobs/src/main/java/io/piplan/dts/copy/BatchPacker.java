package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.Lsn;
import io.piplan.dts.RowPacker;

/** Packs rows for one writer until they make a batch. */
final class BatchPacker {
  static final int MOST_ROWS = 5_000;

  /**
   * A transaction on the target costs it as much as some dozens of rows, so it should have
   * thousands. More bytes would be what G1 calls humongous in a small heap.
   */
  static final int ENOUGH_BYTES = 440 << 10;

  private final ChunkId chunk;
  private final int writer;
  private final Lsn snapshot;
  private final int layout;
  private final RowPacker rows;
  private long total;

  BatchPacker(ChunkId chunk, int writer, Lsn snapshot, int columns, int layout) {
    this.chunk = chunk;
    this.writer = writer;
    this.snapshot = snapshot;
    this.layout = layout;
    this.rows = new RowPacker(columns, 16 << 10);
  }

  void add(byte[][] values) {
    rows.add(values);
    total++;
  }

  boolean isFull(RateLimit limit) {
    return rows.rows() >= MOST_ROWS
        || rows.bytes() >= ENOUGH_BYTES
        || limit.isEnough(rows.rows(), rows.bytes());
  }

  boolean isEmpty() {
    return rows.rows() == 0;
  }

  /** Rows ever added. */
  long total() {
    return total;
  }

  CopyBatch take() {
    long before = total - rows.rows();
    return new CopyBatch(chunk, writer, snapshot, snapshot, before, rows.take(), false, layout);
  }
}
