package io.piplan.dal.rules;

import java.util.List;

/**
 * One way to spread a table.
 *
 * @param shards the actual tables; shard {@code n} is the n-th
 * @param algorithm null if there is nothing to compute: raw and broadcast tables
 */
public record Strategy(
    List<ActualTable> shards, List<String> shardingColumns, ShardAlgorithm algorithm) {
  public Strategy {
    shards = List.copyOf(shards);
    shardingColumns = List.copyOf(shardingColumns);
  }
}
