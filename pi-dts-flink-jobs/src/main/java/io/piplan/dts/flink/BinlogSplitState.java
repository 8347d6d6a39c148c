package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;

/** Where a restore would go on, given what has been emitted. */
final class BinlogSplitState {
  private StartPosition start;
  private int timeline;
  private Lsn last;
  private String gtids;

  BinlogSplitState(BinlogSplit split) {
    start = split.start();
    timeline = split.timeline();
  }

  /**
   * @param before the transactions before the place's; null if not known
   */
  void emitted(Lsn lsn, String before) {
    last = lsn;
    gtids = before;
  }

  BinlogSplit split() {
    if (last != null) {
      // File and position of a row are those of its transaction's start.
      start =
          new StartPosition.FileAndPosition(
              last.fileName(), last.position(), gtids == null ? "" : gtids);
      timeline = last.timeline();
      last = null;
    }
    return new BinlogSplit(start, timeline);
  }
}
