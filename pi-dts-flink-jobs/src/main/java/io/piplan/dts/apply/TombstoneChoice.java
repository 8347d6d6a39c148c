package io.piplan.dts.apply;

import java.io.Serializable;

/** Of which target tables a sync forgets old tombstones: those that it writes to by version. */
@FunctionalInterface
public interface TombstoneChoice extends Serializable {
  TombstoneChoice NONE = table -> false;

  /** Asked by the target table's name alone. */
  boolean includes(String targetTable);
}
