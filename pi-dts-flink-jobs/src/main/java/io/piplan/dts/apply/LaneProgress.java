package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import java.util.Arrays;

/**
 * How far each of a writer's lanes has been applied on the target, as the target itself says.
 *
 * @param firstLane the lane of {@code applied[0]}
 * @param applied per lane the last place applied; {@link Lsn#START} where nothing was
 * @param gtids the transactions before the one of {@link #lowest}; null if they are not known
 * @param freshMillis all that the source had committed at this time has been applied to all lanes;
 *     0 if not known
 * @param heartbeatMillis when the newest heartbeat was written that has come through to all lanes;
 *     0 if none has
 */
public record LaneProgress(
    int firstLane, Lsn[] applied, String gtids, long freshMillis, long heartbeatMillis) {
  /** One that knows nothing of GTIDs, nor of times. */
  public LaneProgress(int firstLane, Lsn[] applied) {
    this(firstLane, applied, null, 0, 0);
  }

  /** The oldest of the lanes' times; 0 if there is no lane. */
  public static long oldest(long[] millis) {
    return Arrays.stream(millis).min().orElse(0);
  }

  public Lsn of(int lane) {
    return applied[lane - firstLane];
  }

  /** What every lane has. */
  public Lsn lowest() {
    return Arrays.stream(applied).min(Lsn::compareTo).orElse(Lsn.START);
  }

  /** What some lane has. */
  public Lsn highest() {
    return Arrays.stream(applied).max(Lsn::compareTo).orElse(Lsn.START);
  }
}
