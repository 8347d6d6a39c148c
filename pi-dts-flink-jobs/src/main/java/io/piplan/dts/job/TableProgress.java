package io.piplan.dts.job;

/**
 * How far one table's copy is.
 *
 * @param table source table as {@code database.table}
 * @param estimatedRows rows to copy, as far as the server can tell before they are counted
 * @param copiedRows rows of chunks that are done on the target
 * @param chunks chunks planned so far
 * @param chunksDone chunks done on the target
 * @param done whether the whole copy is done (or there is none)
 */
public record TableProgress(
    String table, long estimatedRows, long copiedRows, long chunks, long chunksDone, boolean done) {
  /** 0 to 100; 100 only when done. */
  public double percent() {
    if (done) {
      return 100;
    }
    return estimatedRows <= 0 ? 0 : Math.min(99.9, 100.0 * copiedRows / estimatedRows);
  }
}
