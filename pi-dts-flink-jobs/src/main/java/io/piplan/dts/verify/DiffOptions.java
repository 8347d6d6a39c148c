package io.piplan.dts.verify;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How to compare.
 *
 * @param tables which tables; empty: all of A's, each with the one of the same name on B
 * @param settle how long rows that differ are looked at again before they are reported, so that
 *     rows still under way do not count; zero: not at all
 * @param samples how many different rows are described per table
 * @param digests whether ranges are compared by digests which the servers compute, where both sides
 *     can compute the same ones; without them every row is read
 */
public record DiffOptions(List<TablePair> tables, Duration settle, int samples, boolean digests) {
  public DiffOptions {
    tables = List.copyOf(tables);
    Objects.requireNonNull(settle, "settle");
  }

  public static DiffOptions defaults() {
    return new DiffOptions(List.of(), Duration.ZERO, 20, true);
  }

  public DiffOptions withTables(List<TablePair> pairs) {
    return new DiffOptions(pairs, settle, samples, digests);
  }

  public DiffOptions withSettle(Duration time) {
    return new DiffOptions(tables, time, samples, digests);
  }

  public DiffOptions withSamples(int count) {
    return new DiffOptions(tables, settle, count, digests);
  }

  public DiffOptions withDigests(boolean use) {
    return new DiffOptions(tables, settle, samples, use);
  }
}
