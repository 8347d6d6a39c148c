package io.piplan.dts.sql;

import java.io.Serializable;

/**
 * Where a new sync begins.
 *
 * @param file binlog file, for SPECIFIC_OFFSET; else null
 * @param position position in it
 * @param gtidSet transactions to leave out, for GTID; else null
 * @param timestampMillis for TIMESTAMP
 */
public record Startup(Mode mode, String file, long position, String gtidSet, long timestampMillis)
    implements Serializable {
  /** The modes; only INITIAL copies the tables. */
  public enum Mode {
    INITIAL,
    EARLIEST_OFFSET,
    LATEST_OFFSET,
    SPECIFIC_OFFSET,
    GTID,
    TIMESTAMP
  }

  public static final Startup INITIAL = new Startup(Mode.INITIAL, null, 4, null, 0);

  public boolean copiesTables() {
    return mode == Mode.INITIAL;
  }
}
