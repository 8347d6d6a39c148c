package io.piplan.dal.rules;

import io.piplan.meta.HashAlgorithm;
import io.piplan.meta.ModAlgorithm;
import io.piplan.meta.ShardingAlgorithm;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** {@code mod} and {@code hash_mod}: the algorithms of ZSIDs, over all shards. */
record DividingShards(ShardingAlgorithm algorithm) implements ShardAlgorithm {

  static ShardAlgorithm mod(Map<String, Object> arguments, int shards) {
    BuiltInAlgorithms.onlyKnown(arguments);
    return new DividingShards(new ModAlgorithm(shards));
  }

  static ShardAlgorithm hash(Map<String, Object> arguments, int shards) {
    BuiltInAlgorithms.onlyKnown(arguments);
    return new DividingShards(new HashAlgorithm(shards));
  }

  @Override
  public OptionalInt shard(List<byte[]> key) {
    return algorithm.number(key);
  }

  @Override
  public boolean takesSeveralColumns() {
    return algorithm.takesSeveralColumns();
  }

  @Override
  public String description() {
    return algorithm.toString();
  }
}
