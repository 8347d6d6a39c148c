package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;

/** Where a restore would go on, given what has been emitted. */
final class BinlogSplitState {
  private StartPosition start;
  private Lsn last;

  BinlogSplitState(BinlogSplit split) {
    start = split.start();
  }

  void emitted(Lsn lsn) {
    last = lsn;
  }

  BinlogSplit split() {
    if (last != null) {
      // File and position of a row are those of its transaction's start.
      start = new StartPosition.FileAndPosition(last.file(), last.position());
      last = null;
    }
    return new BinlogSplit(start);
  }
}
