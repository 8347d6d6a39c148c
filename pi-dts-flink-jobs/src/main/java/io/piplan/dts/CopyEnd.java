package io.piplan.dts;

import java.util.Objects;

/**
 * Says to one writer: it has been sent all its rows of the chunk.
 *
 * @param rows how many rows of the chunk went to this writer
 * @param layout as in {@link CopyBatch}
 * @param writers how many writers share the chunk; it is done when each has written its part
 */
public record CopyEnd(
    ChunkId chunk, int writer, int writers, Lsn snapshot, Lsn snapshotEnd, long rows, int layout)
    implements StreamElement {
  /** Of a table that stays as it is. */
  public CopyEnd(ChunkId chunk, int writer, int writers, Lsn snapshot, Lsn snapshotEnd, long rows) {
    this(chunk, writer, writers, snapshot, snapshotEnd, rows, Layout.ANY);
  }

  public CopyEnd {
    Objects.requireNonNull(chunk, "chunk");
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(snapshotEnd, "snapshotEnd");
  }
}
