package io.piplan.dts.apply;

/** What becomes of a change, or of the half of one that concerns one row. */
enum Verdict {
  APPLY,
  /** The target has a newer state already. */
  STALE,
  /** The target has this very state already. */
  REPLAY,
  /** The row is locked: the change is kept aside. */
  ASIDE;

  boolean drops() {
    return this == STALE || this == REPLAY;
  }
}
