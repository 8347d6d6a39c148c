package io.piplan.lcs;

import java.time.Instant;

/**
 * Numbers of 52 bits that tell about when they were given: {@code milliseconds since 2020 (41) |
 * counter (11)}. They reach until 2089.
 *
 * <p>More than 2,048 numbers a millisecond run ahead of the clock, and a clock that goes back
 * doesn't take them back: they only grow. So the time in a number is a hint, no proof.
 */
public final class TimeNumber {
  /** Largest one. */
  public static final long LARGEST = (1L << 52) - 1;

  private static final int COUNTER_BITS = 11;
  private static final long EPOCH_MILLIS = 1_577_836_800_000L;

  private TimeNumber() {}

  /** The first number of a millisecond; at least 1. */
  public static long firstOf(long epochMillis) {
    return Math.min(LARGEST, Math.max(1, (epochMillis - EPOCH_MILLIS) << COUNTER_BITS));
  }

  /** About when a number was given. */
  public static Instant timeOf(long number) {
    return Instant.ofEpochMilli((number >> COUNTER_BITS) + EPOCH_MILLIS);
  }
}
