package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.MergeSpec;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One aggregate of one group. */
interface Accumulator {

  /**
   * Takes a row of a shard.
   *
   * @return how many more bytes are kept in memory; 0 if no more values are
   */
  long add(List<byte[]> row);

  /** Writes the result into the group's row. */
  void finish(List<byte[]> row);

  static Accumulator of(MergeSpec.Aggregate aggregate, MergeSpec spec, List<Column> columns) {
    int target = spec.index(aggregate.target(), columns.size());
    Column column = columns.get(target);
    int value = spec.index(aggregate.value().column(), columns.size());
    int count = spec.index(aggregate.count(), columns.size());
    return switch (aggregate.function()) {
      case COUNT -> new Count(value, target);
      case SUM -> new Sum(value, target, column, -1);
      case AVG -> new Sum(value, target, column, count);
      case MIN -> new Extreme(new ValueOrder(aggregate.value(), spec, columns), -1);
      case MAX -> new Extreme(new ValueOrder(aggregate.value(), spec, columns), 1);
      case GROUP_CONCAT -> new Concatenation(aggregate, spec, columns);
      case VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP -> new Spread(aggregate, spec, columns);
      case BIT_AND, BIT_OR, BIT_XOR -> new Bits(aggregate.function(), target, column);
      case JSON_ARRAYAGG -> new JsonArrays(target, column);
      case COUNT_DISTINCT, SUM_DISTINCT, AVG_DISTINCT ->
          new Distinct(
              aggregate.function(),
              new ValueOrder(aggregate.value(), spec, columns),
              target,
              column);
    };
  }

  /** Counts, which are added. */
  final class Count implements Accumulator {
    private final int value;
    private final int target;
    private BigDecimal counted = BigDecimal.ZERO;

    Count(int value, int target) {
      this.value = value;
      this.target = target;
    }

    @Override
    public long add(List<byte[]> row) {
      counted = counted.add(ValueOrder.decimal(row.get(value)));
      return 0;
    }

    @Override
    public void finish(List<byte[]> row) {
      row.set(target, counted.toPlainString().getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Sums, and averages of a sum and a count. */
  final class Sum implements Accumulator {
    private final int value;
    private final int target;
    private final Column column;
    private final int count;
    private final Total total = new Total();
    private BigDecimal counted = BigDecimal.ZERO;

    /**
     * A sum.
     *
     * @param count where counts are; -1 if it is no average
     */
    Sum(int value, int target, Column column, int count) {
      this.value = value;
      this.target = target;
      this.column = column;
      this.count = count;
    }

    @Override
    public long add(List<byte[]> row) {
      total.add(row.get(value), ColumnType.isFloating(column.type()));
      if (count >= 0 && row.get(count) != null) {
        counted = counted.add(ValueOrder.decimal(row.get(count)));
      }
      return 0;
    }

    @Override
    public void finish(List<byte[]> row) {
      if (count < 0) {
        row.set(target, total.text(column));
      } else {
        row.set(target, total.average(counted, column));
        row.set(value, total.longAverage(counted, column));
      }
    }
  }

  /** The least or greatest value. */
  final class Extreme implements Accumulator {
    private final ValueOrder order;
    private final int sign;
    private List<byte[]> best;

    Extreme(ValueOrder order, int sign) {
      this.order = order;
      this.sign = sign;
    }

    @Override
    public long add(List<byte[]> row) {
      boolean better =
          order.value(row) != null
              && (best == null || Integer.signum(order.compare(row, best)) == sign);
      if (better) {
        best = row;
      }
      return 0;
    }

    @Override
    public void finish(List<byte[]> row) {
      if (best != null) {
        order.set(row, best);
      }
    }
  }

  /** Counts, sums or averages each value once. */
  final class Distinct implements Accumulator {
    private final MergeSpec.Function function;
    private final ValueOrder order;
    private final int target;
    private final Column column;
    private final Map<Object, byte[]> values = new HashMap<>();

    Distinct(MergeSpec.Function function, ValueOrder order, int target, Column column) {
      this.function = function;
      this.order = order;
      this.target = target;
      this.column = column;
    }

    @Override
    public long add(List<byte[]> row) {
      Object identity = order.identity(row);
      return identity == null || values.putIfAbsent(identity, order.value(row)) != null
          ? 0
          : 2 * RowMemory.size(order.value(row));
    }

    @Override
    public void finish(List<byte[]> row) {
      BigDecimal count = BigDecimal.valueOf(values.size());
      if (function == MergeSpec.Function.COUNT_DISTINCT) {
        row.set(target, count.toPlainString().getBytes(StandardCharsets.US_ASCII));
        return;
      }
      Total total = new Total();
      values.values().forEach(value -> total.add(value, ColumnType.isFloating(column.type())));
      row.set(
          target,
          function == MergeSpec.Function.SUM_DISTINCT
              ? total.text(column)
              : total.average(count, column));
    }
  }

  /** A sum, exact unless the server's would be floating too. */
  final class Total {
    private BigDecimal exact;
    private Double floating;

    void add(byte[] value, boolean isFloating) {
      if (value == null) {
        return;
      }
      if (isFloating) {
        floating = (floating == null ? 0.0 : floating) + ValueOrder.floating(value);
      } else {
        exact = (exact == null ? BigDecimal.ZERO : exact).add(ValueOrder.decimal(value));
      }
    }

    byte[] text(Column column) {
      if (floating != null) {
        return bytes(printed(floating));
      }
      if (exact == null) {
        return null;
      }
      return bytes(
          ColumnType.isDecimal(column.type())
              ? exact.setScale(column.decimals(), RoundingMode.HALF_UP).toPlainString()
              : exact.toPlainString());
    }

    byte[] average(BigDecimal count, Column column) {
      if (count.signum() == 0 || (floating == null && exact == null)) {
        return null;
      }
      return bytes(
          floating != null
              ? printed(floating / count.doubleValue())
              : computed(count, column)
                  .setScale(column.decimals(), RoundingMode.HALF_UP)
                  .toPlainString());
    }

    /** With as many digits as the server computes. */
    byte[] longAverage(BigDecimal count, Column column) {
      return exact == null || count.signum() == 0
          ? average(count, column)
          : bytes(computed(count, column).toPlainString());
    }

    /** Servers compute nine digits at a time, and leave out what follows. */
    private BigDecimal computed(BigDecimal count, Column column) {
      int digits = (column.decimals() + 8) / 9 * 9;
      return exact.divide(count, digits, RoundingMode.DOWN);
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** As the server prints it: with an exponent only where that is needed. */
    static String printed(double number) {
      BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
      int magnitude = decimal.precision() - decimal.scale();
      if (number == 0 || (magnitude > -15 && magnitude <= 15)) {
        return number == 0 ? "0" : decimal.toPlainString();
      }
      return Double.toString(number).replace(".0E", "e").replace("E", "e");
    }
  }
}
