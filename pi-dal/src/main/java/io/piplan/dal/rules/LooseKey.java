package io.piplan.dal.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A unique key that is unique on each shard only, as equal keys may be on different ones.
 *
 * @param table as apps name it
 */
public record LooseKey(String table, Set<String> columns, Set<String> sharding) {
  public LooseKey {
    columns = Set.copyOf(columns);
    sharding = Set.copyOf(sharding);
  }

  /**
   * The loose keys of all tables, but those of which the rules say that equal ones are together.
   *
   * @param generatesIds whether AUTO_INCREMENT columns get ids that come once over all shards
   */
  public static List<LooseKey> of(DalRules rules, Catalog catalog, boolean generatesIds) {
    List<LooseKey> loose = new ArrayList<>();
    for (LogicalTable table : rules.tables()) {
      if (table.isSharded() && !table.sameKeySameShard()) {
        catalog
            .table(table.name())
            .ifPresent(shape -> loose.addAll(of(table, shape, generatesIds)));
      }
    }
    return loose;
  }

  private static List<LooseKey> of(LogicalTable table, TableShape shape, boolean generatesIds) {
    Set<String> sharding =
        table.strategies().stream().flatMap(s -> names(s).stream()).collect(Collectors.toSet());
    String id =
        generatesIds
            ? shape.autoIncrement().map(column -> lower(column.name())).orElse(null)
            : null;
    List<LooseKey> loose = new ArrayList<>();
    for (Set<String> key : shape.uniqueKeys()) {
      // Of two copies one is enough: a row that collides there is in neither.
      boolean met =
          table.strategies().stream()
              .anyMatch(s -> s.shards().size() == 1 || key.containsAll(names(s)));
      if (!met && (id == null || !key.contains(id))) {
        loose.add(new LooseKey(table.name(), key, sharding));
      }
    }
    return loose;
  }

  private static List<String> names(Strategy strategy) {
    return strategy.shardingColumns().stream().map(LooseKey::lower).toList();
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** For operators. */
  @Override
  public String toString() {
    return ("table %s: its unique key (%s) is without the sharding columns %s, so that it is unique on"
            + " each shard only: INSERT, UPDATE and LOAD DATA look at no other shard; add the"
            + " columns to the key, or say same_key_same_shard: true in the rules if one key never"
            + " comes with two shards")
        .formatted(table, readable(columns), readable(sharding));
  }

  private static String readable(Set<String> names) {
    return String.join(", ", new TreeSet<>(names));
  }
}
