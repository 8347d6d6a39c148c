package io.piplan.meta;

import java.math.BigInteger;
import java.util.List;
import java.util.OptionalInt;

/**
 * The remainder of a whole number, never below zero: -1 by 8 is 7. In SQL: {@code ((k % n) + n) %
 * n}.
 */
public record ModAlgorithm(int count) implements ShardingAlgorithm {
  /** Numbers of up to this many digits fit a long. */
  private static final int LONG_DIGITS = 18;

  public ModAlgorithm {
    if (count < 1) {
      throw new IllegalArgumentException("mod " + count);
    }
  }

  @Override
  public String type() {
    return "mod";
  }

  @Override
  public boolean takesSeveralColumns() {
    return false;
  }

  @Override
  public OptionalInt number(List<byte[]> key) {
    String text = KeyText.of(key.get(0));
    if (!KeyText.isWholeNumber(text)) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        text.length() <= LONG_DIGITS
            ? (int) Math.floorMod(Long.parseLong(text), (long) count)
            : new BigInteger(text).mod(BigInteger.valueOf(count)).intValue());
  }
}
