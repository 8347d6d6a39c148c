package io.piplan.dts.resync;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.RowPacker;
import io.piplan.dts.StreamElement;
import io.piplan.dts.copy.RowRouter;
import java.util.Queue;

/** Packs rows to be put and rows to be deleted, for the writers they belong to. */
final class PartPackers {
  /** A batch is one transaction of the target, in which the changes of the sync wait. */
  private static final int MOST_ROWS = 1_000;

  private static final int MOST_BYTES = 256 << 10;

  private final ChunkId chunk;
  private final Lsn snapshot;
  private final RowRouter router;
  private final Queue<StreamElement> out;
  private final RowPacker[] put;
  private final RowPacker[] gone;
  private final long[] sent;

  PartPackers(
      ChunkId chunk, Lsn snapshot, RowRouter router, int columns, Queue<StreamElement> out) {
    this.chunk = chunk;
    this.snapshot = snapshot;
    this.router = router;
    this.out = out;
    this.put = new RowPacker[router.writers()];
    this.gone = new RowPacker[router.writers()];
    this.sent = new long[router.writers()];
    for (int writer = 0; writer < put.length; writer++) {
      put[writer] = new RowPacker(columns, 1024);
      gone[writer] = new RowPacker(columns, 1024);
    }
  }

  void put(Row row) {
    add(put, row, false);
  }

  /**
   * @param key a row of which only the key counts
   */
  void gone(Row key) {
    add(gone, key, true);
  }

  private void add(RowPacker[] packers, Row row, boolean isGone) {
    int writer = router.writer(row);
    packers[writer].add(row);
    if (packers[writer].rows() >= MOST_ROWS || packers[writer].bytes() >= MOST_BYTES) {
      take(packers, writer, isGone);
    }
  }

  private void take(RowPacker[] packers, int writer, boolean isGone) {
    int rows = packers[writer].rows();
    if (rows > 0) {
      out.add(
          new CopyBatch(
              chunk,
              writer,
              snapshot,
              snapshot,
              sent[writer],
              packers[writer].take(),
              isGone,
              router.layout()));
      sent[writer] += rows;
    }
  }

  /** Sends what is left, and to each writer that shares the part its end. */
  void end() {
    int only = router.onlyWriter();
    int sharing = only >= 0 ? 1 : put.length;
    for (int writer = 0; writer < put.length; writer++) {
      take(gone, writer, true);
      take(put, writer, false);
      if (only < 0 || writer == only) {
        out.add(
            new CopyEnd(chunk, writer, sharing, snapshot, snapshot, sent[writer], router.layout()));
      }
    }
  }
}
