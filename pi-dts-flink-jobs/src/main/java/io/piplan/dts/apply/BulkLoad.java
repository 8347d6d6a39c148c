package io.piplan.dts.apply;

import io.piplan.dts.PackedRows;
import java.sql.SQLException;

/** The target's own fast way to take many new rows. */
interface BulkLoad {
  /**
   * Loads all rows, or leaves an unknown part of them behind.
   *
   * @return whether all rows are there as they should be; if not, the caller undoes what was done
   *     and goes another way
   * @throws SQLException if a row is at fault, or the connection
   */
  boolean load(AppliedTable table, PackedRows rows) throws SQLException;
}
