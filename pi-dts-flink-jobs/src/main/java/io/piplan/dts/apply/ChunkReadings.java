package io.piplan.dts.apply;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.Lsn;
import java.util.HashMap;
import java.util.Map;

/**
 * How much of each chunk has been written. A chunk may be read again before the first reading has
 * come to its end here, and batches may be given back; so a chunk is done only if all rows of one
 * and the same snapshot were written, none left out in between.
 */
final class ChunkReadings {
  /** The rows from the first on that have been written of a snapshot. */
  private record Written(Lsn snapshot, long rows) {}

  private final Map<ChunkId, Written> written = new HashMap<>();

  /** Whether all rows before the batch have been written, so that it is of use. */
  boolean follows(CopyBatch batch) {
    Written before = written.get(batch.chunk());
    return batch.firstRow() == 0
        || (before != null
            && before.snapshot().equals(batch.snapshot())
            && before.rows() == batch.firstRow());
  }

  void wrote(CopyBatch batch) {
    written.put(batch.chunk(), new Written(batch.snapshot(), batch.firstRow() + batch.rows()));
  }

  /** Whether all was written; if not, the chunk will be read again, at a later boundary. */
  boolean isComplete(CopyEnd end) {
    Written all = written.get(end.chunk());
    if (all == null || !all.snapshot().equals(end.snapshot())) {
      return end.rows() == 0;
    }
    written.remove(end.chunk());
    return all.rows() == end.rows();
  }
}
