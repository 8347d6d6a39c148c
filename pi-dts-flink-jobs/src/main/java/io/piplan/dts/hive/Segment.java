package io.piplan.dts.hive;

import java.util.Locale;
import java.util.UUID;

/**
 * A part of a table's log, or the state that was made of all parts before a number. What a
 * partition column can hold: {@code log-0000000007}, {@code base-0000000008-1f2e3d4c}, and {@code
 * new-0000000008-1f2e3d4c} for a base that is being written, which readers leave out.
 */
record Segment(Kind kind, long number, String name) {
  /** Names order by kind: what readers take is less than what they leave out. */
  enum Kind {
    BASE,
    LOG,
    NEW;

    private String prefix() {
      return name().toLowerCase(Locale.ROOT) + "-";
    }
  }

  /** All names below it are of segments that count. */
  static final String UNFINISHED = Kind.NEW.prefix();

  static Segment log(long number) {
    return new Segment(Kind.LOG, number, Kind.LOG.prefix() + digits(number));
  }

  /** A new state of all segments before a number, not yet finished; nobody else has that name. */
  static Segment newBase(long number) {
    String own = UUID.randomUUID().toString().substring(0, 8);
    return new Segment(Kind.NEW, number, Kind.NEW.prefix() + digits(number) + "-" + own);
  }

  /** What an unfinished base is called when it counts. */
  Segment finished() {
    return new Segment(
        Kind.BASE, number, Kind.BASE.prefix() + name.substring(Kind.NEW.prefix().length()));
  }

  static Segment parse(String name) {
    for (Kind kind : Kind.values()) {
      if (name.startsWith(kind.prefix())) {
        int from = kind.prefix().length();
        return new Segment(kind, Long.parseLong(name.substring(from, from + 10)), name);
      }
    }
    throw new IllegalArgumentException("segment " + name);
  }

  private static String digits(long number) {
    return String.format(Locale.ROOT, "%010d", number);
  }
}
