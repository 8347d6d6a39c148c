package io.piplan.dts.flink;

import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import org.apache.flink.cdc.connectors.mysql.source.offset.BinlogOffset;

/**
 * A start that a server can be asked for.
 *
 * @param gtidSet start after these transactions, whatever file they are in; null to start at {@code
 *     lsn}
 */
record BinlogStart(Lsn lsn, String gtidSet, boolean mariaDb, long notBeforeMillis) {

  BinlogOffset offset() {
    // MariaDB is told the GTIDs by the client itself; Flink CDC knows those of MySQL only.
    return gtidSet == null || mariaDb
        ? BinlogOffset.ofBinlogFilePosition(lsn.file(), lsn.position())
        : BinlogOffset.ofGtidSet(gtidSet);
  }

  PositionMark mark() {
    return new PositionMark(0, lsn, Lsn.START, false, 0);
  }

  @Override
  public String toString() {
    return gtidSet == null ? lsn.toString() : "GTID set " + gtidSet;
  }
}
