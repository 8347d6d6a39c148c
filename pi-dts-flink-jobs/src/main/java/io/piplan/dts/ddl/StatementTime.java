package io.piplan.dts.ddl;

import io.piplan.dts.LoggedStatement;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** When and in which time zone a statement ran: what its CURRENT_TIMESTAMP was. */
final class StatementTime {
  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

  private final Instant instant;
  private final ZoneOffset offset;

  private StatementTime(Instant instant, ZoneOffset offset) {
    this.instant = instant;
    this.offset = offset;
  }

  /**
   * @param systemZone the source server's own zone
   */
  static StatementTime of(LoggedStatement statement, String systemZone) {
    long micros = statement.micros();
    Instant instant =
        Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000);
    String named = statement.timeZone();
    boolean system = named.isEmpty() || named.equalsIgnoreCase("SYSTEM");
    return new StatementTime(instant, offset(system ? systemZone : named, instant));
  }

  private static ZoneOffset offset(String zone, Instant at) {
    try {
      return ZoneId.of(zone, ZoneId.SHORT_IDS).getRules().getOffset(at);
    } catch (DateTimeException e) {
      // A name that only that server knows. Only few values depend on it.
      return ZoneOffset.UTC;
    }
  }

  /** The zone as {@code +hh:mm}. */
  String zone() {
    return offset.equals(ZoneOffset.UTC) ? "+00:00" : offset.getId();
  }

  /** Seconds since 1970, with a fraction. */
  String timestamp() {
    return instant.getEpochSecond() + "." + "%06d".formatted(instant.getNano() / 1_000);
  }

  /** What CURRENT_TIMESTAMP is in UTC, or in the statement's own zone. */
  String text(boolean utc, int digits) {
    String text = LocalDateTime.ofInstant(instant, utc ? ZoneOffset.UTC : offset).format(TEXT);
    return text.substring(0, digits == 0 ? 19 : 20 + digits);
  }
}
