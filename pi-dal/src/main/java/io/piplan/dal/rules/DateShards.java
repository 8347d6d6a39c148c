package io.piplan.dal.rules;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code date_interval}: one shard for each interval from a first day on. Days before it, and after
 * the last interval, belong nowhere.
 */
record DateShards(LocalDate start, ChronoUnit unit, int length, int shards)
    implements ShardAlgorithm {

  static ShardAlgorithm create(Map<String, Object> arguments, int shards) {
    BuiltInAlgorithms.onlyKnown(arguments, "start", "unit", "length");
    Object start = BuiltInAlgorithms.required(arguments, "start", "a day as \"2026-01-01\"");
    Object unit = BuiltInAlgorithms.required(arguments, "unit", "days, weeks, months or years");
    Object length = arguments.getOrDefault("length", BigDecimal.ONE);
    if (!(length instanceof BigDecimal number)
        || number.stripTrailingZeros().scale() > 0
        || number.signum() <= 0
        || number.compareTo(BigDecimal.valueOf(10_000)) > 0) {
      throw new IllegalArgumentException(
          "\"length\" is " + length + "; expected a whole number from 1 to 10000");
    }
    LocalDate first =
        day(start.toString().getBytes(StandardCharsets.UTF_8))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "\"start\" is " + start + "; expected a day as \"2026-01-01\""));
    ChronoUnit interval =
        switch (unit.toString()) {
          case "days" -> ChronoUnit.DAYS;
          case "weeks" -> ChronoUnit.WEEKS;
          case "months" -> ChronoUnit.MONTHS;
          case "years" -> ChronoUnit.YEARS;
          default ->
              throw new IllegalArgumentException(
                  "\"unit\" is " + unit + "; expected days, weeks, months or years");
        };
    if (interval != ChronoUnit.DAYS && first.getDayOfMonth() > 28) {
      throw new IllegalArgumentException(
          "\"start\" is " + start + "; expected a day of month up to 28, which every month has");
    }
    return new DateShards(first, interval, number.intValue(), shards);
  }

  @Override
  public OptionalInt shard(List<byte[]> key) {
    Optional<LocalDate> day = day(key.get(0));
    if (day.isEmpty() || day.get().isBefore(start)) {
      return OptionalInt.empty();
    }
    long shard = unit.between(start, day.get()) / length;
    return shard < shards ? OptionalInt.of((int) shard) : OptionalInt.empty();
  }

  @Override
  public Optional<ShardSpan> between(byte[] low, byte[] high) {
    Optional<LocalDate> from = day(low);
    Optional<LocalDate> to = day(high);
    if ((low != null && from.isEmpty()) || (high != null && to.isEmpty())) {
      return Optional.empty();
    }
    int first = from.map(day -> clamp(day, shards)).orElse(0);
    int last = to.map(day -> clamp(day, shards - 1)).orElse(shards - 1);
    return Optional.of(new ShardSpan(Math.max(first, 0), Math.min(last, shards - 1)));
  }

  /** Before the start -1. */
  private int clamp(LocalDate day, int atMost) {
    return day.isBefore(start)
        ? -1
        : (int) Math.min(unit.between(start, day) / length, (long) atMost);
  }

  private static Optional<LocalDate> day(byte[] text) {
    if (text == null || text.length < 10) {
      return Optional.empty();
    }
    try {
      return Optional.of(LocalDate.parse(new String(text, 0, 10, StandardCharsets.UTF_8)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public String description() {
    return "date_interval " + start + " " + length + " " + unit + " × " + shards;
  }
}
