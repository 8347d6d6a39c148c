package io.piplan.lcs.server;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A value for each {@link ServerLimit}. */
public final class ServerLimits {
  public static final ServerLimits USUAL =
      new ServerLimits(
          Arrays.stream(ServerLimit.values())
              .collect(Collectors.toMap(limit -> limit, ServerLimit::usual)));

  private final Map<ServerLimit, Long> values;

  private ServerLimits(Map<ServerLimit, Long> values) {
    this.values = new EnumMap<>(values);
  }

  public long of(ServerLimit limit) {
    return values.get(limit);
  }

  /** Of those that fit into an int. */
  int count(ServerLimit limit) {
    return Math.toIntExact(of(limit));
  }

  /**
   * @throws LcsException CONFIG_INVALID if the value is out of bounds
   */
  public ServerLimits with(ServerLimit limit, long value) {
    if (value < limit.least() || value > limit.most()) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "limit " + limit.text() + " (" + limit.meaning() + ") is " + value,
          "use " + limit.least() + " to " + limit.most());
    }
    ServerLimits changed = new ServerLimits(values);
    changed.values.put(limit, value);
    return changed;
  }

  /**
   * The same, of a limit by its name.
   *
   * @throws LcsException CONFIG_INVALID
   */
  public ServerLimits with(String name, long value) {
    for (ServerLimit limit : ServerLimit.values()) {
      if (limit.text().equals(name)) {
        return with(limit, value);
      }
    }
    throw new LcsException(
        LcsError.CONFIG_INVALID,
        "limit " + name + " is not known",
        "use "
            + Arrays.stream(ServerLimit.values())
                .map(ServerLimit::text)
                .collect(Collectors.joining(", ")));
  }
}
