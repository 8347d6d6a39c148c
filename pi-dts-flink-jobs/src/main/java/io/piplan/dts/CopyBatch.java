package io.piplan.dts;

import java.util.List;
import java.util.Objects;

/**
 * Copied rows of one chunk for one lane owner.
 *
 * @param writer index of the writer that owns every row's lane
 * @param snapshot a boundary: the rows are exactly what the table held there, or, when {@code
 *     snapshotEnd} is later, somewhere from {@code snapshot} to {@code snapshotEnd}. It may be
 *     written only by a writer that is at or past {@code snapshotEnd}, and only the rows that have
 *     not changed since {@code snapshot} (I8)
 * @param layout the {@link Layout} that the rows were read and addressed by
 * @param firstRow how many rows of this reading of the chunk were sent to the writer before
 * @param gone whether these are rows that the source does not have: all but their keys is null
 */
public record CopyBatch(
    ChunkId chunk,
    int writer,
    Lsn snapshot,
    Lsn snapshotEnd,
    long firstRow,
    PackedRows packed,
    boolean gone,
    int layout)
    implements StreamElement {
  public CopyBatch {
    Objects.requireNonNull(chunk, "chunk");
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(snapshotEnd, "snapshotEnd");
    Objects.requireNonNull(packed, "packed");
  }

  /** Rows that the source has, of a table that stays as it is. */
  public CopyBatch(
      ChunkId chunk, int writer, Lsn snapshot, Lsn snapshotEnd, long firstRow, PackedRows packed) {
    this(chunk, writer, snapshot, snapshotEnd, firstRow, packed, false, Layout.ANY);
  }

  public int rows() {
    return packed.rows();
  }

  public int columns() {
    return packed.columns();
  }

  /** Bytes of all rows. */
  public int bytes() {
    return packed.data().length;
  }

  public List<Row> unpack() {
    return packed.unpack();
  }
}
