package io.piplan.dts;

import java.io.Serializable;

/** Tells which tables go through one lane as a whole. */
public interface LaneGroups extends Serializable {

  /**
   * The group whose lane all rows of the table share, or null if rows are spread by key.
   *
   * @param at the place in the stream that counts; null for the latest one known
   */
  String group(TableSchema schema, Lsn at);
}
