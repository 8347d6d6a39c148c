package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** To which shards the rows of a file belong. */
public final class FileShards {
  private final LogicalTable table;
  private final TableShape shape;

  public FileShards(LogicalTable table, TableShape shape) {
    this.table = table;
    this.shape = shape;
  }

  /**
   * Checks that copies of rows become equal: LOAD DATA LOCAL leaves rows out that meet others, or
   * replaces those, so that a row must meet the same ones in both copies.
   *
   * @param replace whether it replaces them: then they must not be on other shards either
   */
  public void check(boolean replace) {
    Set<String> sharding = new HashSet<>();
    for (Strategy strategy : table.strategies()) {
      strategy.shardingColumns().forEach(name -> sharding.add(name.toLowerCase(Locale.ROOT)));
    }
    if (replace
        && table.type() == TableType.SHARDING
        && !table.sameKeySameShard()
        && !shape.uniqueKeys().stream().allMatch(key -> key.containsAll(sharding))) {
      throw new DalException(
          DalError.REFUSED,
          "LOAD DATA … REPLACE into table "
              + table.name()
              + ", which has a unique key without all sharding columns: a row with that key on another"
              + " shard would stay; delete such rows first, add the columns to the key, or say"
              + " same_key_same_shard: true in the rules if one key never comes with two shards");
    }
    if (table.type() == TableType.DOUBLE_SHARDING
        && !shape.uniqueKeys().stream().allMatch(key -> key.containsAll(sharding))) {
      throw new DalException(
          DalError.REFUSED,
          "LOAD DATA LOCAL leaves out rows whose key is there, and the double-sharding table "
              + table.name()
              + " has a unique key without all sharding columns: the two copies could take different"
              + " ways; use INSERT, or add the columns to the key");
    }
  }

  /**
   * The number of a row's shard.
   *
   * @param copy which of the table's strategies
   * @param key a value for each of its sharding columns
   * @param row for messages
   */
  public int shard(int copy, List<Value> key, long row) {
    Strategy strategy = table.strategies().get(copy);
    List<byte[]> canonical = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      ColumnShape column = shape.column(strategy.shardingColumns().get(i)).orElseThrow();
      Optional<byte[]> one =
          key.get(i).isNull() ? Optional.empty() : KeyValues.written(column, key.get(i));
      if (one.isEmpty()) {
        throw new DalException(
            DalError.REFUSED,
            "row "
                + row
                + " of the file: the sharding column "
                + table.name()
                + "."
                + column.name()
                + " gets "
                + key.get(i).literal()
                + "; write what a "
                + column.columnType()
                + " column stores unchanged");
      }
      canonical.add(one.get());
    }
    OptionalInt shard = strategy.algorithm().shard(canonical);
    if (shard.isEmpty()) {
      throw new DalException(
          DalError.NO_SHARD,
          "row "
              + row
              + " of the file: table "
              + table.name()
              + " has no shard for "
              + key
              + " of "
              + String.join(", ", strategy.shardingColumns()));
    }
    return shard.getAsInt();
  }
}
