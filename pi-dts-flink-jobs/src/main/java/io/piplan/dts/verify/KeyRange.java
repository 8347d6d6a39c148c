package io.piplan.dts.verify;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Integer keys from {@code low} to {@code high}, both included. */
public record KeyRange(BigInteger low, BigInteger high) implements Serializable {
  public KeyRange {
    Objects.requireNonNull(low, "low");
    Objects.requireNonNull(high, "high");
  }

  KeyRange union(KeyRange other) {
    return other == null ? this : new KeyRange(low.min(other.low), high.max(other.high));
  }

  /** At most that many ranges, in order, that together are this one. */
  List<KeyRange> split(long parts) {
    BigInteger span = high.subtract(low).add(BigInteger.ONE);
    BigInteger count = BigInteger.valueOf(Math.max(1, parts));
    BigInteger step = span.add(count).subtract(BigInteger.ONE).divide(count);
    List<KeyRange> ranges = new ArrayList<>();
    for (BigInteger at = low; at.compareTo(high) <= 0; at = at.add(step)) {
      ranges.add(new KeyRange(at, at.add(step).subtract(BigInteger.ONE).min(high)));
    }
    return ranges;
  }

  boolean isSingle() {
    return low.equals(high);
  }

  @Override
  public String toString() {
    return low + " to " + high;
  }
}
