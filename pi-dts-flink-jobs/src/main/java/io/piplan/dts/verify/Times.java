package io.piplan.dts.verify;

/** Times of day and spans of time, written for a server. */
final class Times {
  private Times() {}

  /** {@code [-]hh:mm:ss.ffffff} of microseconds. */
  static String clock(long micros) {
    long rest = Math.abs(micros);
    return String.format(
        "%s%02d:%02d:%02d.%06d",
        micros < 0 ? "-" : "",
        rest / 3_600_000_000L,
        rest / 60_000_000L % 60,
        rest / 1_000_000L % 60,
        rest % 1_000_000L);
  }
}
