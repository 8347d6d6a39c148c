package io.piplan.dts.hive;

import java.util.Locale;
import java.util.UUID;

/**
 * A part of a table's log, or the state that was made of all parts before a number. What a
 * partition column can hold: {@code log-0000000007}, {@code base-0000000008-1f2e3d4c}.
 */
record Segment(boolean isBase, long number, String name) {
  private static final String LOG = "log-";
  private static final String BASE = "base-";

  static Segment log(long number) {
    return new Segment(false, number, LOG + digits(number));
  }

  /** A new state of all segments before a number; nobody else has the same name. */
  static Segment newBase(long number) {
    return new Segment(
        true, number, BASE + digits(number) + "-" + UUID.randomUUID().toString().substring(0, 8));
  }

  static Segment parse(String name) {
    boolean isBase = name.startsWith(BASE);
    int from = isBase ? BASE.length() : LOG.length();
    return new Segment(isBase, Long.parseLong(name.substring(from, from + 10)), name);
  }

  private static String digits(long number) {
    return String.format(Locale.ROOT, "%010d", number);
  }
}
