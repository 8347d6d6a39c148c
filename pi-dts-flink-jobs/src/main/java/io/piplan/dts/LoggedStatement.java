package io.piplan.dts;

import java.util.Objects;

/**
 * A statement as the binlog has it, with what of its session decides what it means.
 *
 * @param database the one it ran in
 * @param sqlMode the bits of its sql_mode, as both servers number them
 * @param timeZone of its session; empty where the binlog does not say, {@code SYSTEM} for the
 *     server's own
 * @param micros when it began, in microseconds since 1970
 * @param bySync whether a sync has run it that repeats what others do, and is not to be repeated
 */
public record LoggedStatement(
    String database, String sql, long sqlMode, String timeZone, long micros, boolean bySync) {
  private static final int SHOWN = 160;

  public LoggedStatement {
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(sql, "sql");
    Objects.requireNonNull(timeZone, "timeZone");
  }

  /** In one line that fits a message. */
  public String shortened() {
    return shortened(sql);
  }

  /** A statement in one line that fits a message. */
  public static String shortened(String sql) {
    String line = sql.replaceAll("\\s+", " ").strip();
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN - 3) + "...";
  }
}
