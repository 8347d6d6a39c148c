package io.piplan.dal.rules;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code range}: numbers by bounds that grow. Shard n has what is below bound n and not below the
 * one before; the last shard has the rest.
 */
record RangeShards(List<BigDecimal> bounds) implements ShardAlgorithm {

  static ShardAlgorithm create(Map<String, Object> arguments, int shards) {
    BuiltInAlgorithms.onlyKnown(arguments, "bounds");
    String expected = "\"bounds\": " + (shards - 1) + " numbers that grow, one less than shards";
    if (!(BuiltInAlgorithms.required(arguments, "bounds", expected) instanceof List<?> given)
        || given.size() != shards - 1) {
      throw new IllegalArgumentException("wrong number of bounds; expected " + expected);
    }
    List<BigDecimal> bounds = new ArrayList<>();
    for (Object bound : given) {
      if (!(bound instanceof BigDecimal number)
          || (!bounds.isEmpty() && number.compareTo(bounds.get(bounds.size() - 1)) <= 0)) {
        throw new IllegalArgumentException("bound " + bound + " is wrong; expected " + expected);
      }
      bounds.add(number);
    }
    return new RangeShards(List.copyOf(bounds));
  }

  @Override
  public OptionalInt shard(List<byte[]> key) {
    return number(key.get(0)).map(n -> OptionalInt.of(shard(n))).orElse(OptionalInt.empty());
  }

  private int shard(BigDecimal number) {
    int shard = 0;
    while (shard < bounds.size() && number.compareTo(bounds.get(shard)) >= 0) {
      shard++;
    }
    return shard;
  }

  @Override
  public Optional<ShardSpan> between(byte[] low, byte[] high) {
    Optional<BigDecimal> from = number(low);
    Optional<BigDecimal> to = number(high);
    if ((low != null && from.isEmpty()) || (high != null && to.isEmpty())) {
      return Optional.empty();
    }
    return Optional.of(
        new ShardSpan(from.map(this::shard).orElse(0), to.map(this::shard).orElse(bounds.size())));
  }

  private static Optional<BigDecimal> number(byte[] text) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new BigDecimal(new String(text, StandardCharsets.UTF_8)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public String description() {
    return "range " + bounds;
  }
}
