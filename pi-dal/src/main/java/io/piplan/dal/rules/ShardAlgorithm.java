package io.piplan.dal.rules;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Computes a row's shard. Pure, and the same in every release: rows that are stored stay where they
 * are. Own ones are given by a {@link ShardAlgorithmProvider}.
 */
public interface ShardAlgorithm {
  /**
   * The shard of a key.
   *
   * @param key canonical: numbers without leading zeros or sign of zero, texts in UTF-8 without
   *     spaces at their end, dates as {@code 2026-01-31} with or without a time; never null
   * @return empty if this key belongs to no shard
   */
  OptionalInt shard(List<byte[]> key);

  /** Whether a key of several columns has a shard. */
  default boolean takesSeveralColumns() {
    return false;
  }

  /**
   * The shards that keys of one column between two bounds, both included, may have.
   *
   * @param low null for no bound
   * @param high null for no bound
   * @return empty if that can't be said: any
   */
  default Optional<ShardSpan> between(byte[] low, byte[] high) {
    return Optional.empty();
  }

  /** What must be the same for two tables to keep equal keys in equal shards. */
  String description();

  /** Shards from first to last, both included; none if last is below first. */
  record ShardSpan(int first, int last) {}
}
