package io.piplan.dts;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a copy can be held back by. The name is that of the option and in {@code pi_dts_control}.
 */
public enum CopyLimit {
  ROWS("copy.rate-limit", "rows a second, 0 for no limit"),
  BYTES("copy.byte-limit", "bytes a second such as '20 MB', 0 for no limit"),
  TARGET_THREADS("copy.target-threads", "a number of running statements, 0 for no limit"),
  REPLICAS("copy.replicas", "host:port of the target's replicas with commas between, or nothing"),
  REPLICA_LAG("copy.replica-lag", "a duration such as '10 s', 0 for no limit"),
  WINDOW("copy.window", "times of day such as '22:00-06:00 Asia/Shanghai', or nothing");

  /** In {@code pi_dts_control}: what was changed once is again what the definition says. */
  public static final String AS_DEFINED = "as-defined";

  /** Those that are about the load of a target, which has to be a database server for that. */
  private static final Set<CopyLimit> OF_LOAD = EnumSet.of(TARGET_THREADS, REPLICAS, REPLICA_LAG);

  private final String option;
  private final String expected;

  CopyLimit(String option, String expected) {
    this.option = option;
    this.expected = expected;
  }

  public String option() {
    return option;
  }

  /** What a value is to look like, for messages. */
  public String expected() {
    return expected;
  }

  /** Whether it is about the load of the target. */
  public boolean isOfLoad() {
    return OF_LOAD.contains(this);
  }

  public static Optional<CopyLimit> of(String option) {
    return Arrays.stream(values()).filter(limit -> limit.option.equals(option)).findFirst();
  }
}
