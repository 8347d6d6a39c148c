package io.piplan.dts;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them: a whole number and a unit. */
public final class Amounts {
  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,9})\\s*([a-zA-Zµ]*)");

  private Amounts() {}

  /** {@code 500 ms}, {@code 10 s}, {@code 5 min}, {@code 1 h}; without a unit milliseconds. */
  public static Optional<Duration> duration(String text) {
    Matcher matcher = AMOUNT.matcher(text.trim());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long amount = Long.parseLong(matcher.group(1));
    return Optional.ofNullable(
        switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
          case "", "ms", "milli", "millis", "millisecond", "milliseconds" ->
              Duration.ofMillis(amount);
          case "s", "sec", "second", "seconds" -> Duration.ofSeconds(amount);
          case "m", "min", "minute", "minutes" -> Duration.ofMinutes(amount);
          case "h", "hour", "hours" -> Duration.ofHours(amount);
          case "d", "day", "days" -> Duration.ofDays(amount);
          default -> null;
        });
  }

  /** {@code 20 MB} is 20,000,000 bytes, {@code 20 MiB} 20 times 1,048,576; without a unit bytes. */
  public static Optional<Long> bytes(String text) {
    Matcher matcher = AMOUNT.matcher(text.trim());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
      case "", "b" -> Optional.of(amount);
      case "k", "kb" -> Optional.of(amount * 1_000);
      case "m", "mb" -> Optional.of(amount * 1_000_000);
      case "g", "gb" -> Optional.of(amount * 1_000_000_000);
      case "kib" -> Optional.of(amount << 10);
      case "mib" -> Optional.of(amount << 20);
      case "gib" -> Optional.of(amount << 30);
      default -> Optional.empty();
    };
  }
}
