package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.StartPosition;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far to look back in a binlog.
 *
 * @param since from where on; empty for the newest files that hold {@code megabytes}
 * @param megabytes 0 for nothing at all, where {@code since} is empty
 */
public record LogRange(Optional<StartPosition> since, long megabytes) {
  /** Nothing is read. */
  public static final LogRange NONE = new LogRange(Optional.empty(), 0);

  private static final Pattern PLACE = Pattern.compile("(?:\\d+/)?([^/:]+):(\\d+)(?:\\+.*)?");
  private static final String EXPECTED =
      "write a place as syncs print it (binlog.000012:4711), or a time (2026-11-27T06:00:00Z)";

  public LogRange {
    if (megabytes < 0) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "found " + megabytes + " megabytes of binlog to look at",
          "write 0 for none, or a larger number");
    }
  }

  /** The newest files that hold so much. */
  public static LogRange newest(long megabytes) {
    return new LogRange(Optional.empty(), megabytes);
  }

  /**
   * From a place or a time on, as a person writes it.
   *
   * @throws DtsException {@code DEFINITION_BAD_OPTION} if it is neither
   */
  public static LogRange since(String text) {
    Matcher place = PLACE.matcher(text.strip());
    try {
      if (place.matches() && place.group(1).contains(".")) {
        return new LogRange(
            Optional.of(
                new StartPosition.FileAndPosition(place.group(1), Long.parseLong(place.group(2)))),
            0);
      }
      Instant time = Instant.parse(text.strip());
      return new LogRange(Optional.of(new StartPosition.Timestamp(time.toEpochMilli())), 0);
    } catch (DateTimeParseException | NumberFormatException e) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "found '" + text + "', which is neither a place in a binlog nor a time",
          EXPECTED,
          e);
    }
  }

  boolean isNothing() {
    return since.isEmpty() && megabytes == 0;
  }
}
