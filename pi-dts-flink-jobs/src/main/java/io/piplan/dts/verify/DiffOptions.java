package io.piplan.dts.verify;

import io.piplan.dts.TableCondition;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How to compare.
 *
 * @param tables which tables; empty: all of A's, each with the one of the same name on B
 * @param where which rows of both sides count; of all tables
 * @param version compare keys and this column alone, on tables where both sides have it; empty:
 *     whole rows
 * @param settle how long rows that differ are looked at again before they are reported, so that
 *     rows still under way do not count; zero: not at all, unless B tells how far a sync from A is:
 *     then until it has what A had
 * @param samples how many different rows are described per table
 * @param digests whether ranges are compared by digests which the servers compute, where both sides
 *     can compute the same ones; without them every row is read
 * @param parallelism how many parts are compared at once, each on connections of its own
 * @param rowsPerSecond most rows a second that are read of each side; 0 for no limit
 */
public record DiffOptions(
    List<TablePair> tables,
    Optional<TableCondition> where,
    Optional<String> version,
    Duration settle,
    int samples,
    boolean digests,
    int parallelism,
    long rowsPerSecond) {
  public DiffOptions {
    tables = List.copyOf(tables);
    Objects.requireNonNull(where, "where");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(settle, "settle");
    if (parallelism < 1) {
      throw new IllegalArgumentException("parallelism " + parallelism + ", expected at least 1");
    }
  }

  public static DiffOptions defaults() {
    return new DiffOptions(
        List.of(), Optional.empty(), Optional.empty(), Duration.ZERO, 20, true, 1, 0);
  }

  public DiffOptions withTables(List<TablePair> pairs) {
    return new DiffOptions(
        pairs, where, version, settle, samples, digests, parallelism, rowsPerSecond);
  }

  public DiffOptions withWhere(Optional<TableCondition> condition) {
    return new DiffOptions(
        tables, condition, version, settle, samples, digests, parallelism, rowsPerSecond);
  }

  public DiffOptions withVersion(Optional<String> column) {
    return new DiffOptions(
        tables, where, column, settle, samples, digests, parallelism, rowsPerSecond);
  }

  public DiffOptions withSettle(Duration time) {
    return new DiffOptions(
        tables, where, version, time, samples, digests, parallelism, rowsPerSecond);
  }

  public DiffOptions withSamples(int count) {
    return new DiffOptions(
        tables, where, version, settle, count, digests, parallelism, rowsPerSecond);
  }

  public DiffOptions withDigests(boolean use) {
    return new DiffOptions(
        tables, where, version, settle, samples, use, parallelism, rowsPerSecond);
  }

  public DiffOptions withParallelism(int parts) {
    return new DiffOptions(tables, where, version, settle, samples, digests, parts, rowsPerSecond);
  }

  public DiffOptions withRowsPerSecond(long rows) {
    return new DiffOptions(tables, where, version, settle, samples, digests, parallelism, rows);
  }
}
