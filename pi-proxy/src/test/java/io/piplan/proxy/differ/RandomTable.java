package io.piplan.proxy.differ;

import java.util.ArrayList;
import java.util.List;

/**
 * A table that is divided at random.
 *
 * @param prefix of the names of its actual tables
 * @param deals by which its rows are divided: none for a raw or broadcast table, two for two copies
 * @param primaryKey empty for none
 */
record RandomTable(
    String name,
    String prefix,
    Kind kind,
    List<RandomColumn> columns,
    List<String> primaryKey,
    List<List<String>> uniqueKeys,
    List<String> index,
    List<Deal> deals) {

  /** Where its rows are. */
  enum Kind {
    UNNAMED,
    RAW,
    BROADCAST,
    SHARDING,
    DOUBLE
  }

  /**
   * How rows are divided.
   *
   * @param halves whether the first half of all shards is on the first node; else they take turns
   */
  record Deal(List<String> columns, String algorithm, String arguments, boolean halves) {
    Deal of(String column) {
      return new Deal(List.of(column), algorithm, arguments, halves);
    }
  }

  /** An actual table on a node, 0 or 1. */
  record Actual(int node, String name) {}

  RandomColumn column(String wanted) {
    return columns.stream().filter(c -> c.name().equals(wanted)).findFirst().orElseThrow();
  }

  /** Whether it is in a key. */
  boolean isIndexed(RandomColumn column) {
    return index.contains(column.name())
        || primaryKey.contains(column.name())
        || uniqueKeys.stream().anyMatch(key -> key.contains(column.name()));
  }

  String ddl() {
    List<String> parts = new ArrayList<>();
    columns.forEach(column -> parts.add(column.definition()));
    if (!primaryKey.isEmpty()) {
      parts.add("PRIMARY KEY (" + String.join(", ", primaryKey) + ")");
    }
    uniqueKeys.forEach(key -> parts.add("UNIQUE KEY (" + String.join(", ", key) + ")"));
    if (!index.isEmpty()) {
      parts.add("KEY (" + String.join(", ", index) + ")");
    }
    return "(" + String.join(", ", parts) + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
  }

  List<Actual> actual(int copy, int shards) {
    List<Actual> all = new ArrayList<>();
    switch (kind) {
      case UNNAMED -> all.add(new Actual(0, name));
      case RAW -> all.add(new Actual(1, prefix + "raw"));
      case BROADCAST -> {
        all.add(new Actual(0, prefix + "all"));
        all.add(new Actual(1, prefix + "all"));
      }
      default -> {
        boolean halves = deals.get(copy).halves();
        for (int i = 0; i < shards; i++) {
          all.add(new Actual(halves ? (i < shards / 2 ? 0 : 1) : i % 2, prefix(copy) + i));
        }
      }
    }
    return all;
  }

  /** Those of all copies. */
  List<Actual> actual(int shards) {
    List<Actual> all = new ArrayList<>();
    for (int copy = 0; copy < Math.max(1, deals.size()); copy++) {
      all.addAll(actual(copy, shards));
    }
    return all;
  }

  private String prefix(int copy) {
    return prefix + "ab".charAt(copy) + "_";
  }

  /** What the document says of it; nothing of a table of the default node. */
  String rules(int shards) {
    StringBuilder text = new StringBuilder();
    switch (kind) {
      case UNNAMED -> {}
      case RAW ->
          text.append(
              "  - {name: %s, type: raw, strategies: [{backends: [db2.%sraw]}]}\n"
                  .formatted(name, prefix));
      case BROADCAST ->
          text.append(
              "  - {name: %s, type: broadcast, strategies: [{backends: [db1.%sall, db2.%sall]}]}\n"
                  .formatted(name, prefix, prefix));
      default -> {
        text.append("  - name: ").append(name).append("\n    type: ");
        text.append(kind == Kind.DOUBLE ? "double_sharding" : "sharding");
        if (kind == Kind.DOUBLE && !primaryKey.isEmpty()) {
          text.append("\n    lock_key: [").append(String.join(", ", primaryKey)).append("]");
        }
        text.append("\n    strategies:\n");
        for (int copy = 0; copy < deals.size(); copy++) {
          text.append(rules(copy, shards));
        }
      }
    }
    return text.toString();
  }

  private String rules(int copy, int shards) {
    Deal deal = deals.get(copy);
    String prefix = prefix(copy);
    String backends =
        deal.halves()
            ? "'db1.%s{0, %d}', 'db2.%s{%d, %d}'"
                .formatted(prefix, shards / 2, prefix, shards / 2, shards)
            : "'db1.%s{0, %d, 2}', 'db2.%s{1, %d, 2}'".formatted(prefix, shards, prefix, shards);
    return "      - backends: [%s]\n        sharding_columns: [%s]\n        algorithm: %s\n%s"
        .formatted(
            backends,
            String.join(", ", deal.columns()),
            deal.algorithm(),
            deal.arguments().isEmpty()
                ? ""
                : "        algorithm_args: {" + deal.arguments() + "}\n");
  }
}
