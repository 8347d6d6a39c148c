package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import java.util.Arrays;

/**
 * How far each of a writer's lanes has been applied on the target, as the target itself says.
 *
 * @param firstLane the lane of {@code applied[0]}
 * @param applied per lane the last place applied; {@link Lsn#START} where nothing was
 * @param gtids the transactions before the one of {@link #lowest}; null if they are not known
 */
public record LaneProgress(int firstLane, Lsn[] applied, String gtids) {
  /** One that knows nothing of GTIDs. */
  public LaneProgress(int firstLane, Lsn[] applied) {
    this(firstLane, applied, null);
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
