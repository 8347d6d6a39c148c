package io.piplan.dts.copy;

import io.piplan.dts.TableId;

/**
 * How far a table's copy is.
 *
 * @param nextChunk number of the next chunk to be planned; never goes down, so that a number names
 *     one range of keys for ever
 * @param chunks planned since the copy began
 * @param rowsPerSecond how fast it was copied of late
 */
public record CopyProgress(
    TableId table,
    long estimatedRows,
    long copiedRows,
    int nextChunk,
    long chunks,
    long chunksDone,
    boolean done,
    long rowsPerSecond) {

  /** With another rate. */
  public CopyProgress withRate(long newRowsPerSecond) {
    return new CopyProgress(
        table, estimatedRows, copiedRows, nextChunk, chunks, chunksDone, done, newRowsPerSecond);
  }

  /** With more chunks planned. */
  public CopyProgress withPlanned(int more) {
    return new CopyProgress(
        table,
        estimatedRows,
        copiedRows,
        nextChunk + more,
        chunks + more,
        chunksDone,
        false,
        rowsPerSecond);
  }
}
