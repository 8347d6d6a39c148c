package io.piplan.dts.job;

import io.piplan.dts.resync.ResyncRequest;

/**
 * How far a resync is.
 *
 * @param table source table as {@code database.table}
 * @param state {@code ASKED}, {@code RUNNING}, {@code DONE}, {@code FAILED} or {@code CANCELLED}
 * @param phase what is being done: {@code KEYS}, {@code EXTRA} (rows that only the target has),
 *     {@code ROWS} (rows of the source)
 * @param estimatedRows rows to look at, of both sides together, as far as servers can tell
 * @param checkedRows rows looked at
 * @param mendedRows rows written again
 * @param removedRows rows deleted that only the target had
 * @param refusedRows rows that the target refused
 */
public record ResyncStatus(
    long id,
    String table,
    String state,
    String phase,
    long estimatedRows,
    long checkedRows,
    long mendedRows,
    long removedRows,
    long refusedRows,
    String message,
    long atMillis) {
  static ResyncStatus of(ResyncRequest request, long nowMillis) {
    return new ResyncStatus(
        request.id(),
        request.table().toString(),
        request.state().name(),
        request.phase().name(),
        request.estimatedRows(),
        request.counts().checked(),
        request.counts().mended(),
        request.counts().removed(),
        request.counts().refused(),
        request.message(),
        nowMillis);
  }

  public boolean isOpen() {
    return ResyncRequest.State.valueOf(state).isOpen();
  }

  /** 0 to 100; 100 only when done. */
  public double percent() {
    if (!isOpen()) {
      return state.equals("DONE") ? 100 : 0;
    }
    return estimatedRows <= 0 ? 0 : Math.min(99.9, 100.0 * checkedRows / estimatedRows);
  }
}
