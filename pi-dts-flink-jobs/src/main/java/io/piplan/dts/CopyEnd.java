package io.piplan.dts;

import java.util.Objects;

/**
 * Says to one writer: it has been sent all its rows of the chunk.
 *
 * @param rows how many rows of the chunk went to this writer
 * @param writers how many writers share the chunk; it is done when each has written its part
 */
public record CopyEnd(
    ChunkId chunk, int writer, int writers, Lsn snapshot, Lsn snapshotEnd, long rows)
    implements StreamElement {
  public CopyEnd {
    Objects.requireNonNull(chunk, "chunk");
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(snapshotEnd, "snapshotEnd");
  }
}
