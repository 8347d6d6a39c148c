package io.piplan.dts.hive;

import io.piplan.dts.TableId;

/**
 * How many changes of a table of the source a writer has brought, as it is stored.
 *
 * @param changes since the sync began
 * @param perSecond of late
 * @param overMillis the time over which that was counted
 * @param sourceMillis source commit time of the last one
 * @param countedMillis when they were counted
 */
record TableCount(
    String database,
    String table,
    long changes,
    long perSecond,
    long overMillis,
    long sourceMillis,
    long countedMillis) {
  TableId id() {
    return new TableId(database, table);
  }

  /**
   * The same with what was counted since.
   *
   * @param millis time over which that was
   */
  TableCount plus(long more, long lastMillis, long millis, long now) {
    return new TableCount(
        database,
        table,
        changes + more,
        Math.round(1000.0 * more / millis),
        millis,
        Math.max(sourceMillis, lastMillis),
        now);
  }

  static TableCount none(TableId id) {
    return new TableCount(id.database(), id.table(), 0, 0, 0, 0, 0);
  }
}
