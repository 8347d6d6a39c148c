package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Timeline;
import io.piplan.dts.binlog.GtidSet;
import io.piplan.dts.binlog.ReadingStart;
import org.apache.flink.cdc.connectors.mysql.source.offset.BinlogOffset;

/**
 * A start that a server can be asked for.
 *
 * @param gtidSet start after these transactions, whatever file they are in; null to start at {@code
 *     lsn}
 * @param gtidsBefore the transactions before it; null if not known
 */
record BinlogStart(
    Lsn lsn, String gtidSet, boolean mariaDb, long notBeforeMillis, String gtidsBefore) {
  /** Servers give sets in no order that holds; ours can be compared. */
  BinlogStart {
    if (gtidsBefore != null) {
      gtidsBefore = GtidSet.parse(gtidsBefore, mariaDb).map(GtidSet::text).orElse(null);
    }
  }

  BinlogOffset offset() {
    // MariaDB is told the GTIDs by the client itself; Flink CDC knows those of MySQL only.
    return gtidSet == null || mariaDb
        ? BinlogOffset.ofBinlogFilePosition(lsn.file(), lsn.position())
        : BinlogOffset.ofGtidSet(gtidSet);
  }

  PositionMark mark(Timeline timeline) {
    Lsn place = Lsn.boundary(timeline.file(lsn.file()), lsn.position());
    return new PositionMark(0, place, Lsn.START, false, 0, 0, false, gtidsBefore);
  }

  ReadingStart reading(Timeline timeline) {
    return new ReadingStart(timeline, lsn, gtidSet == null, notBeforeMillis, gtidsBefore, mariaDb);
  }

  @Override
  public String toString() {
    return gtidSet == null ? lsn.toString() : "GTID set " + gtidSet;
  }
}
