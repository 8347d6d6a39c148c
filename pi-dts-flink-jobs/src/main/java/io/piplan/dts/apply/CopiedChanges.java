package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Copied rows of which some are refused: they go as inserts, and those refused are set aside. What
 * is refused is narrowed down by halves, so that a few of them cost little.
 */
final class CopiedChanges {
  private final TargetSession session;
  private final WriterMetrics metrics;
  private final UnaryOperator<List<ChangeEvent>> writable;

  /**
   * @param writable the changes as they are to be written; throws {@code TARGET_BAD_ROW} too
   */
  CopiedChanges(
      TargetSession session, WriterMetrics metrics, UnaryOperator<List<ChangeEvent>> writable) {
    this.session = session;
    this.metrics = metrics;
    this.writable = writable;
  }

  /** Writes rows in the open transaction. */
  void write(TableId table, PackedRows rows) {
    List<ChangeEvent> inserts = new ArrayList<>(rows.rows());
    for (Row row : rows.unpack()) {
      inserts.add(new ChangeEvent(table, 0, Op.INSERT, null, row, Lsn.START, Lsn.START, 0));
    }
    if (!inserts.isEmpty()) {
      write(inserts);
    }
  }

  private void write(List<ChangeEvent> inserts) {
    try {
      session.applyOrUndo(writable.apply(inserts));
    } catch (DtsException e) {
      if (e.error() != DtsError.TARGET_BAD_ROW) {
        throw e;
      }
      if (inserts.size() == 1) {
        session.deadLetter(inserts.get(0), e.getMessage());
        metrics.deadLetter();
        return;
      }
      int half = inserts.size() / 2;
      write(inserts.subList(0, half));
      write(inserts.subList(half, inserts.size()));
    }
  }
}
