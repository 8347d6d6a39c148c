package io.piplan.meta;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Numbers by a list of values, compared exactly.
 *
 * @param otherwise the number of values that are not listed; -1 if they have none
 */
public record ListAlgorithm(Map<String, Integer> numbers, int otherwise)
    implements ShardingAlgorithm {
  public ListAlgorithm {
    numbers = Map.copyOf(numbers);
    if (numbers.isEmpty()) {
      throw new IllegalArgumentException("no values");
    }
  }

  @Override
  public String type() {
    return "list";
  }

  @Override
  public int count() {
    return 1
        + Math.max(
            otherwise, numbers.values().stream().mapToInt(Integer::intValue).max().orElseThrow());
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
    int number = numbers.getOrDefault(text, otherwise);
    return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
