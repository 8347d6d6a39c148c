package io.piplan.dal.rules;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * {@code list}: the values of each shard, one list a shard.
 *
 * @param otherwise the shard of values that no list has; -1 if they belong nowhere
 */
record ListShards(Map<String, Integer> shards, int otherwise) implements ShardAlgorithm {

  static ShardAlgorithm create(Map<String, Object> arguments, int shards) {
    BuiltInAlgorithms.onlyKnown(arguments, "values", "otherwise");
    String expected = "\"values\": " + shards + " lists, the values of each shard";
    if (!(BuiltInAlgorithms.required(arguments, "values", expected) instanceof List<?> lists)
        || lists.size() != shards) {
      throw new IllegalArgumentException("wrong number of lists; expected " + expected);
    }
    Map<String, Integer> numbers = new TreeMap<>();
    for (int shard = 0; shard < shards; shard++) {
      if (!(lists.get(shard) instanceof List<?> values)) {
        throw new IllegalArgumentException("no list for shard " + shard + "; expected " + expected);
      }
      for (Object value : values) {
        String text =
            value instanceof BigDecimal number
                ? (number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString())
                : value.toString();
        if (numbers.put(text, shard) != null) {
          throw new IllegalArgumentException("value " + text + " is listed twice");
        }
      }
    }
    return new ListShards(numbers, otherwise(arguments.get("otherwise"), shards));
  }

  private static int otherwise(Object given, int shards) {
    if (given == null) {
      return -1;
    }
    if (given instanceof BigDecimal number
        && number.signum() >= 0
        && number.compareTo(BigDecimal.valueOf(shards)) < 0
        && number.stripTrailingZeros().scale() <= 0) {
      return number.intValue();
    }
    throw new IllegalArgumentException(
        "\"otherwise\" is " + given + "; expected a shard from 0 to " + (shards - 1));
  }

  @Override
  public OptionalInt shard(List<byte[]> key) {
    int shard = shards.getOrDefault(new String(key.get(0), StandardCharsets.UTF_8), otherwise);
    return shard < 0 ? OptionalInt.empty() : OptionalInt.of(shard);
  }

  @Override
  public String description() {
    return "list " + shards + " otherwise " + otherwise;
  }
}
