package io.piplan.dts;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a server's binlog, ordered. Rows of one transaction share {@code file} and {@code
 * position} (the transaction's start) and are told apart by {@code event} and {@code row}, the
 * latter from 1. A <em>boundary</em> has event and row 0 and lies before every row of a transaction
 * that starts at its position: all that is {@code <} a boundary is what the server had written when
 * its binlog ended there.
 *
 * @param file binlog file, e.g. {@code binlog.000012}; files are ordered by their number. With the
 *     number of the {@link Timeline} before it where that is not the first, e.g. {@code
 *     2/binlog.000001}: all of a timeline is after all of the one before
 */
public record Lsn(String file, long position, long event, long row) implements Comparable<Lsn> {
  /** Before everything. */
  public static final Lsn START = new Lsn("", 0, 0, 0);

  private static final Pattern TEXT =
      Pattern.compile("([^:]*):(\\d{1,18})(?:\\+(\\d{1,18})\\.(\\d{1,18}))?");

  public Lsn {
    Objects.requireNonNull(file, "file");
  }

  public static Lsn boundary(String file, long position) {
    return new Lsn(file, position, 0, 0);
  }

  /** The number of its {@link Timeline}. */
  public int timeline() {
    return Timeline.number(file);
  }

  /** The file as the server calls it. */
  public String fileName() {
    return Timeline.name(file);
  }

  public boolean isBoundary() {
    return event == 0 && row == 0;
  }

  @Override
  public int compareTo(Lsn other) {
    if (!file.equals(other.file)) {
      int byTimeline = Integer.compare(timeline(), other.timeline());
      if (byTimeline != 0) {
        return byTimeline;
      }
      int byFile = Long.compare(fileNumber(file), fileNumber(other.file));
      return byFile != 0 ? byFile : file.compareTo(other.file);
    }
    int byPosition = Long.compare(position, other.position);
    if (byPosition != 0) {
      return byPosition;
    }
    int byEvent = Long.compare(event, other.event);
    return byEvent != 0 ? byEvent : Long.compare(row, other.row);
  }

  public boolean isAtOrBefore(Lsn other) {
    return compareTo(other) <= 0;
  }

  public boolean isAfter(Lsn other) {
    return compareTo(other) > 0;
  }

  /** The later of the two. */
  public static Lsn max(Lsn a, Lsn b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static long fileNumber(String file) {
    int dot = file.lastIndexOf('.');
    long number = 0;
    for (int i = dot + 1; i < file.length(); i++) {
      char c = file.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = number * 10 + (c - '0');
    }
    return dot < 0 ? -1 : number;
  }

  /**
   * Reads what {@link #toString} has written.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static Lsn parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no place in a binlog: " + text);
    }
    return new Lsn(
        matcher.group(1),
        Long.parseLong(matcher.group(2)),
        matcher.group(3) == null ? 0 : Long.parseLong(matcher.group(3)),
        matcher.group(4) == null ? 0 : Long.parseLong(matcher.group(4)));
  }

  /** {@code file:position} or {@code file:position+event.row}. */
  @Override
  public String toString() {
    return isBoundary() ? file + ":" + position : file + ":" + position + "+" + event + "." + row;
  }
}
