package io.piplan.dts.apply;

import io.piplan.dts.CopyBatch;
import io.piplan.dts.DtsException;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.RowPacker;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of a part that is copied again, as far as nothing newer has come for them.
 *
 * @param rows to be put, or, of a batch of rows that the source does not have, to be deleted
 * @param refused rows that cannot be written as they are
 */
public record AgainBatch(PackedRows rows, List<Refused> refused) {
  /** A row that was not written. */
  public record Refused(Row row, String reason) {}

  public AgainBatch {
    refused = List.copyOf(refused);
  }

  static AgainBatch of(
      CopyBatch batch, TableMapping mapping, RecentChanges recent, ZeroDates zeroDates) {
    RowPacker kept = new RowPacker(batch.columns(), Math.max(1024, batch.bytes()));
    List<Refused> refused = new ArrayList<>();
    PackedRows.Cursor row = batch.packed().cursor();
    while (row.next()) {
      if (superseded(batch, mapping, recent, row)) {
        continue;
      }
      try {
        kept.add(batch.gone() ? row.row() : zeroDates.apply(mapping, row.row()));
      } catch (DtsException e) {
        refused.add(new Refused(row.row(), e.problem()));
      }
    }
    return new AgainBatch(kept.take(), refused);
  }

  private static boolean superseded(
      CopyBatch batch, TableMapping mapping, RecentChanges recent, PackedRows.Cursor row) {
    int[] key = mapping.source().keyIndexes();
    return batch.gone()
        ? recent.likeChangedSince(mapping.source(), row, batch.snapshot())
        : recent.changedSince(batch.chunk().table(), key, row, batch.snapshot());
  }
}
