package io.piplan.proxy.differ;

import io.piplan.proxy.differ.RandomTable.Deal;
import io.piplan.proxy.differ.RandomTable.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One to four tables, and how they are divided into 4 or 7 shards on two nodes. */
record RandomSchema(int shards, List<RandomTable> tables) {

  static RandomSchema create(Dice dice, String prefix) {
    int shards = dice.oneIn(2) ? 4 : 7;
    List<RandomTable> tables = new ArrayList<>();
    int count = 1 + dice.below(4);
    for (int i = 0; i < count; i++) {
      String name = "t" + i;
      List<RandomTable> sharded =
          tables.stream()
              .filter(t -> !t.deals().isEmpty() && t.deals().get(0).columns().size() == 1)
              .toList();
      tables.add(
          !sharded.isEmpty() && dice.oneIn(2)
              ? alike(dice, name, prefix, dice.of(sharded))
              : table(dice, name, prefix, shards, i == 0));
    }
    return new RandomSchema(shards, tables);
  }

  String rules() {
    return """
           schema: SCHEMA
           transaction_mode: xa
           default_node: db1
           nodes:
             - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8}
             - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8}
           """
        + (tables.stream().allMatch(t -> t.kind() == Kind.UNNAMED)
            ? "tables: []\n"
            : "tables:\n"
                + tables.stream().map(t -> t.rules(shards)).collect(Collectors.joining()));
  }

  private static RandomTable table(
      Dice dice, String name, String prefix, int shards, boolean sharded) {
    Kind kind =
        sharded
            ? (dice.oneIn(3) ? Kind.DOUBLE : Kind.SHARDING)
            : Kind.values()[dice.below(Kind.values().length)];
    List<RandomColumn> columns = new ArrayList<>();
    List<Deal> deals = new ArrayList<>();
    int copies = kind == Kind.DOUBLE ? 2 : kind == Kind.SHARDING ? 1 : 0;
    for (int copy = 0; copy < copies; copy++) {
      deals.add(deal(dice, "k" + copy, shards, columns));
    }
    return filled(dice, name, prefix, kind, columns, deals);
  }

  private static Deal deal(Dice dice, String name, int shards, List<RandomColumn> columns) {
    String algorithm = dice.word("mod", "hash_mod", "hash_mod", "range", "list", "date_interval");
    String of =
        switch (algorithm) {
          case "mod", "range" -> "whole";
          case "date_interval" -> "date";
          case "list" -> dice.word("whole", "text");
          default -> dice.word("whole", "text", "text", "date");
        };
    columns.add(RandomColumn.key(dice, name, of));
    List<String> names = new ArrayList<>(List.of(name));
    if (algorithm.equals("hash_mod") && dice.oneIn(4)) {
      columns.add(RandomColumn.key(dice, name + "b", dice.word("whole", "text")));
      names.add(name + "b");
    }
    String arguments =
        switch (algorithm) {
          case "range" ->
              "bounds: ["
                  + IntStream.range(1, shards)
                      .mapToObj(i -> Integer.toString(i - 1))
                      .collect(Collectors.joining(", "))
                  + "]";
          case "list" ->
              "values: ["
                  + IntStream.range(0, shards)
                      .mapToObj(
                          i ->
                              of.equals("whole")
                                  ? "[" + i + "]"
                                  : "['" + "aAb9z%0".charAt(i) + "']")
                      .collect(Collectors.joining(", "))
                  + "], otherwise: "
                  + dice.below(shards);
          case "date_interval" -> "start: '2026-01-01', unit: months, length: 1";
          default -> "";
        };
    return new Deal(names, algorithm, arguments, dice.oneIn(2));
  }

  /** A table whose rows are where the equal keys of another are. */
  private static RandomTable alike(Dice dice, String name, String prefix, RandomTable other) {
    Deal deal = other.deals().get(0);
    String key = dice.word("k0", "ref");
    List<RandomColumn> columns = new ArrayList<>();
    columns.add(other.column(deal.columns().get(0)).named(key));
    return filled(dice, name, prefix, Kind.SHARDING, columns, List.of(deal.of(key)));
  }

  private static RandomTable filled(
      Dice dice,
      String name,
      String prefix,
      Kind kind,
      List<RandomColumn> columns,
      List<Deal> deals) {
    columns.add(0, RandomColumn.any(dice, "x").named("id"));
    RandomColumn id = columns.get(0);
    if (!id.canBeKey() || dice.oneIn(2)) {
      columns.set(0, RandomColumn.key(dice, "id", "whole"));
    } else {
      columns.set(0, id.withoutNull());
    }
    int more = 1 + dice.below(6);
    for (int i = 0; i < more; i++) {
      columns.add(RandomColumn.any(dice, "c" + i));
    }
    Set<String> keys = new LinkedHashSet<>();
    deals.forEach(deal -> keys.addAll(deal.columns()));
    List<String> primary = new ArrayList<>();
    if (!dice.oneIn(10)) {
      primary.addAll(keys);
      if (primary.isEmpty() || !dice.oneIn(5)) {
        primary.add(dice.below(primary.size() + 1), "id");
      }
    }
    List<List<String>> unique = new ArrayList<>();
    List<String> keyable =
        columns.stream()
            .filter(c -> c.canBeKey() && !keys.contains(c.name()))
            .map(RandomColumn::name)
            .toList();
    if (dice.oneIn(4)) {
      List<String> key = new ArrayList<>(keys);
      key.add(dice.below(key.size() + 1), dice.of(keyable));
      unique.add(key);
    }
    List<String> index = dice.oneIn(3) ? List.of(dice.of(keyable)) : List.of();
    return new RandomTable(
        name, prefix + name + "_", kind, List.copyOf(columns), primary, unique, index, deals);
  }
}
