package io.piplan.dal.rules;

import io.piplan.meta.ZsKey;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A table as apps name it.
 *
 * @param lockKey columns of a unique index; empty if the document names none
 * @param strategies two for {@link TableType#DOUBLE_SHARDING}, else one
 * @param createdLater whether none of its actual tables need be there: CREATE TABLE makes them
 * @param sameKeySameShard whether all rows that apps write with one unique key belong to the same
 *     shard, as the document's author says
 * @param zsKey what decides the zone of its rows, as this document says it; null if it doesn't, or
 *     there are no zones
 * @param place where its name stands
 */
public record LogicalTable(
    String name,
    TableType type,
    List<String> lockKey,
    List<Strategy> strategies,
    boolean createdLater,
    boolean sameKeySameShard,
    ZsKey zsKey,
    Place place) {
  public LogicalTable {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(place, "place");
    lockKey = List.copyOf(lockKey);
    strategies = List.copyOf(strategies);
  }

  public boolean isSharded() {
    return type == TableType.SHARDING || type == TableType.DOUBLE_SHARDING;
  }

  public Stream<ActualTable> actualTables() {
    return strategies.stream().flatMap(strategy -> strategy.shards().stream());
  }
}
