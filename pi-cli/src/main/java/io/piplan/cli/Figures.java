package io.piplan.cli;

import java.time.Duration;
import java.util.Locale;

/** How numbers are written for people. */
public final class Figures {
  private Figures() {}

  /** {@code 1,234,567}. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** {@code 0:07}, {@code 12:30}, {@code 3:05:00}. */
  public static String clock(Duration time) {
    long seconds = Math.max(0, time.toSeconds());
    long hours = seconds / 3600;
    return hours > 0
        ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  /** {@code 45 ms}, {@code 1.3 s}, {@code 2:05}. */
  public static String delay(long millis) {
    if (millis < 1000) {
      return Math.max(0, millis) + " ms";
    }
    return millis < 60_000
        ? String.format(Locale.ROOT, "%.1f s", millis / 1000.0)
        : clock(Duration.ofMillis(millis));
  }

  /** As {@link #delay}; below 0 is not known. */
  public static String lag(long millis) {
    return millis < 0 ? "unknown" : delay(millis);
  }

  /** {@code 20.0 MB}. */
  public static String size(long bytes) {
    if (bytes < 1_000_000) {
      return bytes < 1_000 ? bytes + " B" : String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
