package io.piplan.meta;

import java.math.BigDecimal;
import java.util.List;
import java.util.OptionalInt;

/**
 * Numbers by ranges, lowest first. A value above the last bound has a number only if the last range
 * is open.
 */
public record RangeAlgorithm(List<Range> ranges) implements ShardingAlgorithm {
  /**
   * Up to a bound, which is not part of it.
   *
   * @param below null for no bound, in the last range only
   */
  public record Range(BigDecimal below, int number) implements java.io.Serializable {}

  public RangeAlgorithm {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("no ranges");
    }
    for (int i = 0; i + 1 < ranges.size(); i++) {
      BigDecimal bound = ranges.get(i).below();
      BigDecimal next = ranges.get(i + 1).below();
      if (bound == null || (next != null && bound.compareTo(next) >= 0)) {
        throw new IllegalArgumentException("bounds must grow, and only the last range may be open");
      }
    }
  }

  @Override
  public String type() {
    return "range";
  }

  @Override
  public int count() {
    return 1 + ranges.stream().mapToInt(Range::number).max().orElseThrow();
  }

  @Override
  public boolean takesSeveralColumns() {
    return false;
  }

  @Override
  public OptionalInt number(List<byte[]> key) {
    String text = KeyText.of(key.get(0));
    if (text == null) {
      return OptionalInt.empty();
    }
    BigDecimal value;
    try {
      value = new BigDecimal(text);
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
    for (Range range : ranges) {
      if (range.below() == null || value.compareTo(range.below()) < 0) {
        return OptionalInt.of(range.number());
      }
    }
    return OptionalInt.empty();
  }
}
