package io.piplan.dts.apply;

import io.piplan.dts.CopyBatch;
import io.piplan.dts.PackedRows;
import io.piplan.dts.RowPacker;

/** What of copied rows is written: those with no newer change, their zero dates as wanted. */
final class CopyFilter {
  private final RecentChanges recent;
  private final ZeroDates zeroDates;

  CopyFilter(RecentChanges recent, ZeroDates zeroDates) {
    this.recent = recent;
    this.zeroDates = zeroDates;
  }

  /** The batch's own rows, untouched, where nothing is the matter with any. */
  PackedRows writable(TableMapping mapping, int[] key, CopyBatch batch) {
    boolean judged = key.length > 0 && recent.hasAfter(batch.snapshot());
    int[] dates = zeroDates.columns(mapping);
    if (!judged && dates.length == 0) {
      return batch.packed();
    }
    RowPacker kept = null;
    PackedRows.Cursor row = batch.packed().cursor();
    while (row.next()) {
      boolean superseded =
          judged && recent.changedSince(batch.chunk().table(), key, row, batch.snapshot());
      boolean zero = !superseded && hasZero(row, dates);
      if (kept == null && (superseded || zero)) {
        kept = new RowPacker(batch.columns(), batch.bytes());
        kept.addAllBefore(row);
      }
      if (zero) {
        kept.add(zeroDates.apply(mapping, row.row()));
      } else if (kept != null && !superseded) {
        kept.add(row);
      }
    }
    return kept == null ? batch.packed() : kept.take();
  }

  private static boolean hasZero(PackedRows.Cursor row, int[] dates) {
    for (int column : dates) {
      if (ZeroDates.isZero(row.data(), row.offset(column), row.length(column))) {
        return true;
      }
    }
    return false;
  }
}
