package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.MergeSpec;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Variances and standard deviations: of the count, the average and the variance of each part, by
 * the formula of Chan, Golub and LeVeque, which loses no more digits than a server does.
 */
final class Spread implements Accumulator {
  private final MergeSpec.Function function;
  private final int target;
  private final int average;
  private final int variance;
  private final int count;
  private final int decimals;
  private double counted;
  private double mean;

  /** Of the squares of what values are away from their average. */
  private double sum;

  Spread(MergeSpec.Aggregate aggregate, MergeSpec spec, List<Column> columns) {
    this.function = aggregate.function();
    this.target = spec.index(aggregate.target(), columns.size());
    this.average = spec.index(aggregate.value().column(), columns.size());
    this.variance = spec.index(aggregate.value().weight(), columns.size());
    this.count = spec.index(aggregate.count(), columns.size());
    this.decimals = columns.get(target).decimals();
  }

  @Override
  public long add(List<byte[]> row) {
    double more = ValueOrder.floating(row.get(count));
    if (more == 0) {
      return 0;
    }
    double there = ValueOrder.floating(row.get(average));
    // What is multiplied and divided again may be another number.
    mean = counted == 0 ? there : mean;
    double distance = there - mean;
    double all = counted + more;
    sum +=
        ValueOrder.floating(row.get(variance)) * more + distance * distance * counted * more / all;
    mean += distance * more / all;
    counted = all;
    return 0;
  }

  @Override
  public void finish(List<byte[]> row) {
    boolean sample =
        function == MergeSpec.Function.VAR_SAMP || function == MergeSpec.Function.STDDEV_SAMP;
    double divisor = sample ? counted - 1 : counted;
    if (divisor <= 0) {
      row.set(target, null);
      row.set(average, null);
      return;
    }
    boolean root =
        function == MergeSpec.Function.STDDEV_POP || function == MergeSpec.Function.STDDEV_SAMP;
    double result = root ? Math.sqrt(sum / divisor) : sum / divisor;
    row.set(target, bytes(shown(result)));
    row.set(average, bytes(Total.printed(result)));
  }

  private String shown(double result) {
    return decimals >= ColumnType.ALL_DECIMALS
        ? Total.printed(result)
        : new BigDecimal(result).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
