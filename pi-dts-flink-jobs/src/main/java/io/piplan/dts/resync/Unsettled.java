package io.piplan.dts.resync;

/**
 * What of a sync waits on its target for somebody to do something about it.
 *
 * @param conflicts open ones
 * @param locked rows to which nothing is applied
 * @param aside changes kept aside for such rows, or left over from them
 * @param letters refused rows that were not tried again with success
 */
public record Unsettled(long conflicts, long locked, long aside, long letters) {
  public static final Unsettled NOTHING = new Unsettled(0, 0, 0, 0);
}
