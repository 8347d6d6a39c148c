package io.piplan.dts.job;

/**
 * How one table gets on.
 *
 * @param table source table as {@code database.table}
 * @param estimatedRows rows to copy, as far as the server can tell before they are counted
 * @param copiedRows rows of chunks that are done on the target
 * @param chunks chunks planned so far
 * @param chunksDone chunks done on the target
 * @param done whether the whole copy is done (or there is none)
 * @param copiedPerSecond rows copied a second of late
 * @param changes row changes applied since the sync began; a failure may lose those of its last
 *     second from this count, not from the table
 * @param changesPerSecond row changes applied a second of late
 * @param lastChangeMillis source commit time of the last change applied, epoch milliseconds; 0 if
 *     there was none
 */
public record TableProgress(
    String table,
    long estimatedRows,
    long copiedRows,
    long chunks,
    long chunksDone,
    boolean done,
    long copiedPerSecond,
    long changes,
    long changesPerSecond,
    long lastChangeMillis) {

  /** One of which only the copy is known. */
  public TableProgress(
      String table,
      long estimatedRows,
      long copiedRows,
      long chunks,
      long chunksDone,
      boolean done) {
    this(table, estimatedRows, copiedRows, chunks, chunksDone, done, 0, 0, 0, 0);
  }

  /** Whether its copy is known, and not only changes of it. */
  boolean hasCopy() {
    return chunks > 0 || !done;
  }

  /** The same table with changes that were counted elsewhere. */
  TableProgress with(TableProgress active) {
    return new TableProgress(
        table,
        estimatedRows,
        copiedRows,
        chunks,
        chunksDone,
        done,
        copiedPerSecond,
        changes + active.changes,
        changesPerSecond + active.changesPerSecond,
        Math.max(lastChangeMillis, active.lastChangeMillis));
  }

  /** 0 to 100; 100 only when done. */
  public double percent() {
    if (done) {
      return 100;
    }
    return estimatedRows <= 0 ? 0 : Math.min(99.9, 100.0 * copiedRows / estimatedRows);
  }

  /** Seconds until its copy is done at the present speed; -1 if that can't be told. */
  public long etaSeconds() {
    return eta(remainingRows(), copiedPerSecond, done);
  }

  long remainingRows() {
    return done ? 0 : Math.max(0, estimatedRows - copiedRows);
  }

  static long eta(long rows, long perSecond, boolean done) {
    if (done) {
      return 0;
    }
    return perSecond <= 0 || rows <= 0 ? -1 : (rows + perSecond - 1) / perSecond;
  }
}
