package io.piplan.dts;

import java.io.Serializable;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a copy is held back; changes that follow it are not. All of it may be changed while a sync
 * runs.
 *
 * @param rowsPerSecond of all tables together; 0 for no limit
 * @param bytesPerSecond of values; 0 for no limit
 * @param targetThreads the copy rests while more statements than these run on the target; 0 for no
 *     limit
 * @param replicas {@code host} or {@code host:port} of the target's replicas, with its account
 * @param replicaLag the copy rests while one of the replicas is further behind; zero for no limit
 * @param window when the copy may run; null for always
 */
public record CopyLimits(
    long rowsPerSecond,
    long bytesPerSecond,
    int targetThreads,
    List<String> replicas,
    Duration replicaLag,
    CopyWindow window)
    implements Serializable {
  public static final CopyLimits NONE = new CopyLimits(0, 0, 0, List.of(), Duration.ZERO, null);

  public CopyLimits {
    replicas = List.copyOf(replicas);
    Objects.requireNonNull(replicaLag, "replicaLag");
  }

  public Optional<CopyWindow> openTimes() {
    return Optional.ofNullable(window);
  }

  /**
   * The same with one of them as a person writes it.
   *
   * @throws IllegalArgumentException if the value is not what {@link CopyLimit#expected} says
   */
  public CopyLimits with(CopyLimit limit, String value) {
    String text = value.trim();
    return switch (limit) {
      case ROWS ->
          new CopyLimits(
              number(text, Long.MAX_VALUE),
              bytesPerSecond,
              targetThreads,
              replicas,
              replicaLag,
              window);
      case BYTES ->
          new CopyLimits(
              rowsPerSecond,
              Amounts.bytes(text).orElseThrow(IllegalArgumentException::new),
              targetThreads,
              replicas,
              replicaLag,
              window);
      case TARGET_THREADS ->
          new CopyLimits(
              rowsPerSecond,
              bytesPerSecond,
              (int) number(text, Integer.MAX_VALUE),
              replicas,
              replicaLag,
              window);
      case REPLICAS ->
          new CopyLimits(
              rowsPerSecond, bytesPerSecond, targetThreads, addresses(text), replicaLag, window);
      case REPLICA_LAG ->
          new CopyLimits(
              rowsPerSecond,
              bytesPerSecond,
              targetThreads,
              replicas,
              Amounts.duration(text).orElseThrow(IllegalArgumentException::new),
              window);
      case WINDOW ->
          new CopyLimits(
              rowsPerSecond,
              bytesPerSecond,
              targetThreads,
              replicas,
              replicaLag,
              text.isEmpty() ? null : CopyWindow.parse(text));
    };
  }

  /** As {@link #with} takes it. */
  public String value(CopyLimit limit) {
    return switch (limit) {
      case ROWS -> Long.toString(rowsPerSecond);
      case BYTES -> Long.toString(bytesPerSecond);
      case TARGET_THREADS -> Integer.toString(targetThreads);
      case REPLICAS -> String.join(",", replicas);
      case REPLICA_LAG -> Long.toString(replicaLag.toMillis());
      case WINDOW -> window == null ? "" : window.toString();
    };
  }

  private static long number(String text, long max) {
    long number = Long.parseLong(text.replace("_", ""));
    if (number < 0 || number > max) {
      throw new IllegalArgumentException(text);
    }
    return number;
  }

  private static List<String> addresses(String text) {
    List<String> addresses =
        Arrays.stream(text.split(",", -1))
            .map(String::trim)
            .filter(address -> !address.isEmpty())
            .toList();
    for (String address : addresses) {
      // A port stands behind the last colon, if it stands behind the bracket of an IPv6 address.
      if (!address.matches("(\\[[0-9a-fA-F:.]+]|[^:\\s]+)(:\\d{1,5})?")) {
        throw new IllegalArgumentException(address);
      }
    }
    return addresses;
  }
}
