package io.piplan.cli.demo;

import java.util.Arrays;
import java.util.List;

/** Percentiles of measured times, milliseconds. */
public record Percentiles(int count, long p50, long p95, long p99, long most) {
  static Percentiles of(List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(sorted);
    return sorted.length == 0
        ? new Percentiles(0, 0, 0, 0, 0)
        : new Percentiles(
            sorted.length, at(sorted, 50), at(sorted, 95), at(sorted, 99), at(sorted, 100));
  }

  /** The smallest value that so many percent of all are not above. */
  private static long at(long[] sorted, int percent) {
    int rank = (int) Math.ceil(sorted.length * percent / 100.0);
    return sorted[Math.max(0, rank - 1)] / 1_000_000;
  }
}
