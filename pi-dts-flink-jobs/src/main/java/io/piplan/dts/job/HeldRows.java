package io.piplan.dts.job;

/**
 * What a sync does not apply until somebody looks at it.
 *
 * @param conflicts open conflicts
 * @param lockedRows rows to which nothing is applied
 * @param asideChanges changes kept aside for them
 */
public record HeldRows(long conflicts, long lockedRows, long asideChanges) {
  public static final HeldRows NONE = new HeldRows(0, 0, 0);
}
