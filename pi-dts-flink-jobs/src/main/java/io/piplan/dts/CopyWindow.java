package io.piplan.dts;

import java.io.Serializable;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The times of day at which a copy may run, e.g. {@code 22:00-06:00, 12:30-13:00 Asia/Shanghai}. A
 * range that ends before it begins goes over midnight.
 */
public record CopyWindow(List<Range> ranges, ZoneId zone) implements Serializable {
  private static final String RANGE_TEXT = "\\d{1,2}:\\d\\d\\s*-\\s*\\d{1,2}:\\d\\d";
  private static final Pattern TEXT =
      Pattern.compile(
          "(" + RANGE_TEXT + "(?:\\s*,\\s*" + RANGE_TEXT + ")*)(?:\\s+([A-Za-z+-][\\w+/:-]*))?");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("H:mm");

  /**
   * From a time of day up to, but without, another.
   *
   * @param to midnight is the end of the day
   */
  public record Range(LocalTime from, LocalTime to) implements Serializable {
    boolean contains(LocalTime time) {
      if (from.isBefore(to)) {
        return !time.isBefore(from) && time.isBefore(to);
      }
      return !time.isBefore(from) || time.isBefore(to);
    }

    @Override
    public String toString() {
      return from + "-" + to;
    }
  }

  public CopyWindow {
    ranges = List.copyOf(ranges);
  }

  /**
   * Reads what {@link #toString} writes; without a zone it is UTC.
   *
   * @throws IllegalArgumentException if it is no window
   */
  public static CopyWindow parse(String text) {
    Matcher matcher = TEXT.matcher(text.trim());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text);
    }
    try {
      ZoneId zone = matcher.group(2) == null ? ZoneOffset.UTC : ZoneId.of(matcher.group(2));
      List<Range> ranges = new ArrayList<>();
      for (String part : matcher.group(1).split(",", -1)) {
        String[] ends = part.trim().split("\\s*-\\s*", 2);
        ranges.add(new Range(time(ends[0]), time(ends[1])));
      }
      return new CopyWindow(ranges, zone);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static LocalTime time(String text) {
    return text.equals("24:00") ? LocalTime.MIDNIGHT : LocalTime.parse(text, TIME);
  }

  public boolean isOpen(Instant now) {
    LocalTime time = now.atZone(zone).toLocalTime();
    return ranges.stream().anyMatch(range -> range.contains(time));
  }

  @Override
  public String toString() {
    return ranges.stream().map(Range::toString).collect(Collectors.joining(", ")) + " " + zone;
  }
}
