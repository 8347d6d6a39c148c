package io.piplan.dts.apply;

/** What has become of a conflict. */
public enum ConflictState {
  OPEN,
  /** The row was mended or unlocked, and what was kept aside has been applied. */
  REPAIRED,
  /** Somebody decided that nothing is to be done. */
  DISMISSED
}
