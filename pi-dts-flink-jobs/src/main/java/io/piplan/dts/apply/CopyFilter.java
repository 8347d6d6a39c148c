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

  /** The batch's own rows, untouched, where nothing can be the matter with them. */
  PackedRows writable(TableMapping mapping, int[] key, CopyBatch batch) {
    boolean superseded = key.length > 0 && recent.hasAfter(batch.snapshot());
    boolean changed = zeroDates.concerns(mapping);
    if (!superseded && !changed) {
      return batch.packed();
    }
    RowPacker kept = new RowPacker(batch.columns(), batch.bytes());
    PackedRows.Cursor row = batch.packed().cursor();
    while (row.next()) {
      if (superseded && recent.changedSince(batch.chunk().table(), key, row, batch.snapshot())) {
        continue;
      }
      if (changed) {
        kept.add(zeroDates.apply(mapping, row.row()));
      } else {
        kept.add(row);
      }
    }
    return kept.take();
  }
}
