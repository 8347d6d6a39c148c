package io.piplan.dts;

/** What becomes of a change of tables at the source. */
public enum DdlAction {
  /** The target follows. */
  EVOLVE,
  /** The target stays as it is, and rows go on as well as they fit. */
  IGNORE,
  /** The sync stops before it. */
  STOP
}
