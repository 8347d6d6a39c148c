package io.piplan.dts.flink;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.LaneGroups;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.copy.CopyTables;
import io.piplan.dts.copy.JdbcCopyLedger;
import io.piplan.dts.hive.HiveCopyLedger;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.MySqlServer;
import java.io.Serializable;

/**
 * How a sync copies tables.
 *
 * @param schema where the target's {@code pi_dts_*} tables are
 * @param lanes equal to those of the binlog side
 * @param writers how many writers there are
 * @param rowsPerChunk most rows wanted in a chunk; fewer where rows are long
 * @param chunksInFlight chunks given to readers and not done on the target; 0 for a default
 * @param limits of the copy while nobody sets others
 */
public record CopyOptions(
    String sync,
    MySqlServer source,
    DatabaseServer target,
    String schema,
    CopyTables tables,
    LaneGroups lanes,
    int writers,
    int rowsPerChunk,
    int chunksInFlight,
    CopyLimits limits)
    implements Serializable {
  public static final int ROWS_PER_CHUNK = 50_000;

  private static final long PATIENCE = 30_000;

  /** Hive has a chunk only when the next checkpoint is complete. */
  private static final int IN_FLIGHT_BETWEEN_CHECKPOINTS = 500;

  private static final long PATIENCE_BETWEEN_CHECKPOINTS = 300_000;

  /** With the defaults for the rest. */
  public static CopyOptions of(
      String sync,
      MySqlServer source,
      DatabaseServer target,
      String schema,
      CopyTables tables,
      LaneGroups lanes,
      int writers) {
    return new CopyOptions(
        sync, source, target, schema, tables, lanes, writers, ROWS_PER_CHUNK, 0, CopyLimits.NONE);
  }

  /** What the target says of the copy. */
  CopyLedger ledger() {
    return target instanceof HiveServer hive
        ? new HiveCopyLedger(hive, schema, sync, limits)
        : new JdbcCopyLedger(target, schema, sync, limits);
  }

  int mostInFlight() {
    if (chunksInFlight > 0) {
      return chunksInFlight;
    }
    return target instanceof HiveServer ? IN_FLIGHT_BETWEEN_CHECKPOINTS : 2 * writers + 2;
  }

  /** How long a chunk may be read and not be on the target before it is read again. */
  long patienceMillis() {
    return target instanceof HiveServer ? PATIENCE_BETWEEN_CHECKPOINTS : PATIENCE;
  }
}
