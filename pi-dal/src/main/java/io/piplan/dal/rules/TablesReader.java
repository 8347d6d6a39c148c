package io.piplan.dal.rules;

import io.piplan.meta.ShardingAlgorithm;
import io.piplan.meta.ZsKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads tables and their strategies. */
final class TablesReader {
  private static final Set<String> TABLE =
      Set.of(
          "type",
          "name",
          "lock_key",
          "created_later",
          "zskeys",
          "zs_algorithm",
          "strategies",
          "same_key_same_shard");
  private static final Set<String> STRATEGY =
      Set.of("backends", "sharding_columns", "algorithm", "algorithm_args");

  private final DocumentTree tree;
  private final List<NodeRule> nodes;
  private final Map<String, ShardAlgorithmProvider> algorithms;

  /** Those of the metadata document, by name; null if there are no zones. */
  private final Map<String, ShardingAlgorithm> zoneAlgorithms;

  /** Actual tables that are taken, lower case, and where. */
  private final Map<String, DocumentTree.Item> taken = new HashMap<>();

  TablesReader(
      DocumentTree tree,
      List<NodeRule> nodes,
      Map<String, ShardAlgorithmProvider> algorithms,
      Map<String, ShardingAlgorithm> zoneAlgorithms) {
    this.zoneAlgorithms = zoneAlgorithms;
    this.tree = tree;
    this.nodes = nodes;
    this.algorithms = algorithms;
  }

  List<LogicalTable> read(DocumentTree.Item item) {
    List<LogicalTable> tables = new ArrayList<>();
    Set<String> names = new HashSet<>();
    if (item == null) {
      return tables;
    }
    for (DocumentTree.Item one : tree.items(item)) {
      Map<String, DocumentTree.Item> members = tree.members(one, TABLE);
      DocumentTree.Item named = tree.required(one, members, "name");
      String name = tree.text(named, "");
      if (!name.isEmpty() && !names.add(name.toLowerCase(Locale.ROOT))) {
        tree.problem(named, "table \"" + name + "\" is there already", "remove one of the two");
      }
      ZsKey zsKey = zsKey(members.get("zskeys"), members.get("zs_algorithm"));
      TableType type = type(tree.required(one, members, "type"));
      List<String> lockKey =
          members.containsKey("lock_key") ? tree.texts(members.get("lock_key")) : List.of();
      List<Strategy> strategies = strategies(one, members, type);
      if (type != null && !strategies.isEmpty()) {
        boolean createdLater = tree.isTrue(members.get("created_later"));
        tables.add(
            new LogicalTable(
                name,
                type,
                lockKey,
                strategies,
                createdLater,
                sameKeySameShard(members.get("same_key_same_shard"), type),
                zsKey,
                place(named == null ? one : named)));
      }
    }
    return tables;
  }

  private static Place place(DocumentTree.Item item) {
    return new Place(item.line(), item.column());
  }

  /** Null if nothing is said, or there are no zones that it could decide about. */
  private ZsKey zsKey(DocumentTree.Item columns, DocumentTree.Item named) {
    if (columns == null && named == null) {
      return null;
    }
    if (columns == null || named == null) {
      tree.problem(
          columns == null ? named : columns,
          "one of zskeys and zs_algorithm is missing",
          "write both, or neither and let the metadata document say it");
      return null;
    }
    List<String> names = tree.texts(columns);
    String name = tree.text(named, "");
    if (zoneAlgorithms == null || names.isEmpty()) {
      return null;
    }
    ShardingAlgorithm algorithm = zoneAlgorithms.get(name);
    if (algorithm == null) {
      tree.problem(
          named,
          "there is no algorithm \"" + name + "\" in the metadata document",
          zoneAlgorithms.isEmpty()
              ? "define it there"
              : "name one of " + String.join(", ", new TreeSet<>(zoneAlgorithms.keySet())));
      return null;
    }
    if (names.size() > 1 && !algorithm.takesSeveralColumns()) {
      tree.problem(
          columns,
          "an algorithm of type \"" + algorithm.type() + "\" takes one column",
          "name one column, or an algorithm of type \"hash\"");
      return null;
    }
    return new ZsKey(names, algorithm);
  }

  private boolean sameKeySameShard(DocumentTree.Item item, TableType type) {
    boolean said = tree.isTrue(item);
    if (said && type != TableType.SHARDING) {
      tree.problem(item, "this is for tables of type sharding", "remove this member");
    }
    return said;
  }

  private TableType type(DocumentTree.Item item) {
    String text = tree.text(item, "");
    for (TableType type : TableType.values()) {
      if (type.name().toLowerCase(Locale.ROOT).equals(text)) {
        return type;
      }
    }
    if (item != null) {
      tree.problem(
          item,
          "there is no type of table \"" + text + "\"",
          "write raw, sharding, double_sharding or broadcast");
    }
    return null;
  }

  private List<Strategy> strategies(
      DocumentTree.Item table, Map<String, DocumentTree.Item> members, TableType type) {
    DocumentTree.Item item = tree.required(table, members, "strategies");
    List<Strategy> strategies = new ArrayList<>();
    List<DocumentTree.Item> items = tree.items(item);
    int expected = type == TableType.DOUBLE_SHARDING ? 2 : 1;
    if (type != null && item != null && items.size() != expected) {
      tree.problem(
          item,
          items.size() + " strategies are here, expected " + expected,
          "a double_sharding table has two strategies, any other one");
      return List.of();
    }
    for (DocumentTree.Item one : items) {
      Strategy strategy = strategy(one, type);
      if (strategy == null) {
        return List.of();
      }
      strategies.add(strategy);
    }
    return strategies;
  }

  private Strategy strategy(DocumentTree.Item item, TableType type) {
    Map<String, DocumentTree.Item> members = tree.members(item, STRATEGY);
    DocumentTree.Item backends = tree.required(item, members, "backends");
    List<ActualTable> shards = shards(backends);
    if (type == null || shards.isEmpty()) {
      return null;
    }
    boolean sharded = type == TableType.SHARDING || type == TableType.DOUBLE_SHARDING;
    if (!sharded) {
      for (String key : List.of("sharding_columns", "algorithm", "algorithm_args")) {
        if (members.containsKey(key)) {
          tree.problem(
              members.get(key), "a table of this type is not sharded", "remove this member");
        }
      }
      checkUnsharded(backends, shards, type);
      return new Strategy(shards, List.of(), null);
    }
    DocumentTree.Item columnsItem = tree.required(item, members, "sharding_columns");
    List<String> columns = columnsItem == null ? List.of() : tree.texts(columnsItem);
    ShardAlgorithm algorithm =
        algorithm(tree.required(item, members, "algorithm"), members.get("algorithm_args"), shards);
    if (columns.isEmpty() || algorithm == null) {
      return null;
    }
    if (columns.size() > 1 && !algorithm.takesSeveralColumns()) {
      tree.problem(
          columnsItem,
          "this algorithm takes one column, not " + columns.size(),
          "name one column, or use hash_mod");
      return null;
    }
    return new Strategy(shards, columns, algorithm);
  }

  private void checkUnsharded(
      DocumentTree.Item backends, List<ActualTable> shards, TableType type) {
    if (type == TableType.RAW && shards.size() != 1) {
      tree.problem(
          backends, shards.size() + " actual tables are here", "a raw table has exactly one");
    }
    long different = shards.stream().map(ActualTable::node).distinct().count();
    if (type == TableType.BROADCAST && different != shards.size()) {
      tree.problem(backends, "a node is named twice", "a broadcast table has one copy a node");
    }
  }

  private List<ActualTable> shards(DocumentTree.Item backends) {
    if (backends == null) {
      return List.of();
    }
    List<Backends.Numbered> found = new ArrayList<>();
    List<DocumentTree.Item> items = tree.items(backends);
    boolean good = !items.isEmpty();
    if (items.isEmpty()) {
      tree.problem(backends, "no actual tables are here", "name one");
    }
    for (DocumentTree.Item item : items) {
      try {
        for (Backends.Numbered one : Backends.expand(tree.text(item, ""))) {
          good &= isFree(item, one.table());
          found.add(one);
        }
      } catch (IllegalArgumentException e) {
        tree.problem(item, e.getMessage(), "write " + Backends.EXPECTED);
        good = false;
      }
    }
    return good ? ordered(found) : List.of();
  }

  /** By their numbers, if all have one and no two the same; else as they are written. */
  private static List<ActualTable> ordered(List<Backends.Numbered> found) {
    long numbers =
        found.stream().mapToInt(Backends.Numbered::suffix).filter(n -> n >= 0).distinct().count();
    if (numbers == found.size()) {
      found.sort(java.util.Comparator.comparingInt(Backends.Numbered::suffix));
    }
    return found.stream().map(Backends.Numbered::table).toList();
  }

  private boolean isFree(DocumentTree.Item item, ActualTable table) {
    boolean known =
        nodes.stream().anyMatch(node -> node.name().equals(table.node()) && !node.isReplica());
    if (!known) {
      tree.problem(
          item,
          "there is no source node \"" + table.node() + "\"",
          "name one of " + RulesReader.names(nodes));
      return false;
    }
    DocumentTree.Item first = taken.putIfAbsent(table.toString().toLowerCase(Locale.ROOT), item);
    if (first != null) {
      tree.problem(
          item,
          "actual table " + table + " belongs already to the backends at line " + first.line(),
          "give each actual table to one strategy of one table");
      return false;
    }
    return true;
  }

  private ShardAlgorithm algorithm(
      DocumentTree.Item named, DocumentTree.Item arguments, List<ActualTable> shards) {
    if (named == null) {
      return null;
    }
    String name = tree.text(named, "");
    ShardAlgorithmProvider provider = algorithms.get(name);
    if (provider == null) {
      tree.problem(
          named,
          "there is no algorithm \"" + name + "\"",
          "name one of " + String.join(", ", algorithms.keySet()));
      return null;
    }
    try {
      return provider.create(arguments == null ? Map.of() : tree.plain(arguments), shards.size());
    } catch (IllegalArgumentException e) {
      DocumentTree.Item place = arguments == null ? named : arguments;
      tree.problem(place, "algorithm " + name + ": " + e.getMessage(), "correct algorithm_args");
      return null;
    }
  }
}
