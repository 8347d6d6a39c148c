package io.piplan.dts.apply;

/**
 * What the guard has done since the last commit.
 *
 * @param conflicts changes that were not applied and recorded
 * @param locked rows locked
 * @param aside changes put aside
 * @param stale changes and copied rows dropped, the target having a newer state
 */
record GuardTally(long conflicts, long locked, long aside, long stale) {
  static final GuardTally NOTHING = new GuardTally(0, 0, 0, 0);

  GuardTally plus(GuardTally more) {
    return new GuardTally(
        conflicts + more.conflicts, locked + more.locked, aside + more.aside, stale + more.stale);
  }
}
