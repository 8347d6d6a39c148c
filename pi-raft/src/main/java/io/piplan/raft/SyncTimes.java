package io.piplan.raft;

import java.time.Duration;

/**
 * How long the disk took to confirm entries of this member's log.
 *
 * @param count since it started; entries that came together share one
 * @param median of the last ones (an exponentially decaying sample of some minutes)
 * @param p99 likewise, exceeded by one in a hundred
 * @param most likewise, the longest
 */
public record SyncTimes(long count, Duration median, Duration p99, Duration most) {
  static final SyncTimes NONE = new SyncTimes(0, Duration.ZERO, Duration.ZERO, Duration.ZERO);
}
