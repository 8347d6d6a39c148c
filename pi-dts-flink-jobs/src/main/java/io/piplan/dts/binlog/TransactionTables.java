package io.piplan.dts.binlog;

import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;

/** Which kinds of tables the transaction that is being read has touched so far. */
final class TransactionTables {
  private boolean origin;
  private boolean control;
  private boolean others;

  void begin() {
    origin = false;
    control = false;
    others = false;
  }

  void touched(TableId table) {
    origin |= table.table().equals(ControlTables.ORIGIN);
    control |= table.table().startsWith(ControlTables.PREFIX);
    others |= !table.table().startsWith(ControlTables.PREFIX);
  }

  /** Whether a sync wrote it: the mark comes before all other rows. */
  boolean isOfSync() {
    return origin;
  }

  /** Whether syncs wrote of themselves in it, and nobody wrote anything else. */
  boolean isQuiet() {
    return control && !others;
  }
}
