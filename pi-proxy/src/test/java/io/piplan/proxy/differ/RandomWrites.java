package io.piplan.proxy.differ;

import io.piplan.proxy.differ.RandomConditions.Scope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rows, and changes of them whose effect does not depend on the order in which rows are met. */
final class RandomWrites {
  private final Dice dice;
  private final RandomSchema schema;
  private final RandomConditions conditions;

  RandomWrites(Dice dice, RandomSchema schema) {
    this.dice = dice;
    this.schema = schema;
    this.conditions = new RandomConditions(dice);
  }

  /** What a table is filled with at first. */
  List<String> rows(RandomTable table) {
    List<String> all = new ArrayList<>();
    int count = 4 + dice.below(22);
    for (int i = 0; i < count; ) {
      int together = 1 + dice.below(4);
      all.add("INSERT INTO " + table.name() + " VALUES " + values(table.columns(), together));
      i += together;
    }
    return all;
  }

  private String values(List<RandomColumn> columns, int rows) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      List<String> row = new ArrayList<>();
      columns.forEach(column -> row.add(column.literal(dice)));
      all.add("(" + String.join(", ", row) + ")");
    }
    return String.join(", ", all);
  }

  Line next() {
    RandomTable table = dice.of(schema.tables());
    return Line.of(
        switch (dice.below(14)) {
          case 0, 1, 2, 3 -> insert(table);
          case 4, 5, 6, 7, 8 -> update(table);
          case 9, 10 -> delete(table);
          case 11 -> insertSelect(table);
          case 12 -> moved(table);
          default -> joined(table);
        });
  }

  private String insert(RandomTable table) {
    List<RandomColumn> columns = new ArrayList<>(table.columns());
    if (dice.oneIn(2)) {
      columns.removeIf(
          c -> isFree(table, c) && (c.nullable() || c.standard() != null) && dice.oneIn(2));
      if (dice.oneIn(10)) {
        columns.remove(dice.of(columns));
      }
    }
    String names = String.join(", ", columns.stream().map(RandomColumn::name).toList());
    String start =
        switch (dice.below(8)) {
          case 0 -> "REPLACE INTO ";
          case 1 -> "INSERT IGNORE INTO ";
          default -> "INSERT INTO ";
        };
    if (columns.isEmpty()) {
      return start + table.name() + " () VALUES ()";
    }
    String rows = " VALUES " + values(columns, 1 + dice.below(4));
    String end = "";
    if (start.equals("INSERT INTO ") && dice.oneIn(3)) {
      RandomColumn set = dice.of(table.columns());
      if (isFree(table, set)) {
        end =
            " ON DUPLICATE KEY UPDATE "
                + set.name()
                + " = "
                + dice.word("VALUES(" + set.name() + ")", set.literal(dice), set.name());
      }
    }
    return start + table.name() + " (" + names + ")" + rows + end;
  }

  /** Whether it is in no key. */
  private static boolean isFree(RandomTable table, RandomColumn column) {
    Set<String> keys = new HashSet<>(table.primaryKey());
    table.uniqueKeys().forEach(keys::addAll);
    table.deals().forEach(deal -> keys.addAll(deal.columns()));
    return !keys.contains(column.name());
  }

  private String update(RandomTable table) {
    List<RandomColumn> free = table.columns().stream().filter(c -> isFree(table, c)).toList();
    if (free.isEmpty()) {
      return delete(table);
    }
    Scope scope = new Scope("", table);
    List<String> sets = new ArrayList<>();
    Set<String> named = new HashSet<>();
    int count = 1 + dice.below(2);
    for (int i = 0; i < count; i++) {
      RandomColumn column = dice.of(free);
      if (named.add(column.name())) {
        sets.add(column.name() + " = " + changed(column));
      }
    }
    return "UPDATE "
        + table.name()
        + " SET "
        + String.join(", ", sets)
        + conditions.where(List.of(scope), true)
        + limited(table);
  }

  private String changed(RandomColumn column) {
    if (dice.oneIn(3)) {
      return switch (column.family()) {
        case WHOLE, DECIMAL -> column.name() + dice.word(" + 1", " * 2", " - 1");
        case TEXT -> "LEFT(" + column.name() + ", 1)";
        case DATE -> column.name() + " - INTERVAL 1 DAY";
        default -> column.name();
      };
    }
    return dice.oneIn(12) ? "DEFAULT" : column.literal(dice);
  }

  private String limited(RandomTable table) {
    if (table.primaryKey().isEmpty() || !dice.oneIn(4)) {
      return "";
    }
    return " ORDER BY " + String.join(", ", table.primaryKey()) + " LIMIT " + dice.below(6);
  }

  private String delete(RandomTable table) {
    return "DELETE FROM "
        + table.name()
        + " WHERE "
        + conditions.condition(List.of(new Scope("", table)), true, 2)
        + limited(table);
  }

  /** A row gets another key. */
  private String moved(RandomTable table) {
    if (table.deals().isEmpty()) {
      return update(table);
    }
    RandomColumn key = table.column(dice.of(dice.of(table.deals()).columns()));
    return "UPDATE "
        + table.name()
        + " SET "
        + key.name()
        + " = "
        + dice.of(key.literals())
        + " WHERE "
        + conditions.condition(List.of(new Scope("", table)), true, 1);
  }

  private String insertSelect(RandomTable table) {
    RandomTable from = dice.of(schema.tables());
    List<String> items = new ArrayList<>();
    for (RandomColumn column : table.columns()) {
      List<RandomColumn> alike =
          from.columns().stream().filter(c -> c.type().equals(column.type())).toList();
      items.add(alike.isEmpty() ? dice.of(column.literals()) : dice.of(alike).name());
    }
    // Which of two rows stays depends on their order.
    boolean ordered = !from.primaryKey().isEmpty();
    return dice.word(
            "INSERT INTO ",
            "INSERT INTO ",
            ordered ? "REPLACE INTO " : "INSERT INTO ",
            ordered ? "INSERT IGNORE INTO " : "INSERT INTO ")
        + table.name()
        + " SELECT "
        + String.join(", ", items)
        + " FROM "
        + from.name()
        + conditions.where(List.of(new Scope("", from)), true)
        + (ordered ? " ORDER BY " + String.join(", ", from.primaryKey()) : "");
  }

  private String joined(RandomTable table) {
    List<RandomTable> others = schema.tables().stream().filter(t -> !t.equals(table)).toList();
    List<RandomColumn> free = table.columns().stream().filter(c -> isFree(table, c)).toList();
    if (others.isEmpty() || free.isEmpty()) {
      return insert(table);
    }
    RandomTable other = dice.of(others);
    Scope a = new Scope("a.", table);
    Scope b = new Scope("b.", other);
    RandomColumn set = dice.of(free);
    String where = " WHERE " + conditions.condition(List.of(a, b), true, 1);
    List<RandomColumn> alike =
        other.columns().stream().filter(c -> c.family() == table.column("id").family()).toList();
    if (alike.isEmpty()) {
      return insert(table);
    }
    String same = dice.of(alike).name();
    String on =
        table.deals().isEmpty() || other.deals().isEmpty()
            ? "a.id = b." + same
            : "a."
                + table.deals().get(0).columns().get(0)
                + " = b."
                + other.deals().get(0).columns().get(0);
    String sub =
        "id IN (SELECT "
            + same
            + " FROM "
            + other.name()
            + conditions.where(List.of(new Scope("", other)), true)
            + ")";
    String beside =
        dice.word("", "NOT ")
            + "EXISTS (SELECT 1 FROM "
            + other.name()
            + " b WHERE "
            + on.replace("a.", table.name() + ".")
            + " AND "
            + conditions.condition(List.of(b), true, 1)
            + ")";
    return switch (dice.below(6)) {
      case 0 ->
          "UPDATE "
              + table.name()
              + " a JOIN "
              + other.name()
              + " b ON "
              + on
              + " SET a."
              + set.name()
              + " = "
              + dice.of(set.literals())
              + where;
      case 1 -> "DELETE a FROM " + table.name() + " a JOIN " + other.name() + " b ON " + on + where;
      case 2 ->
          "DELETE FROM "
              + table.name()
              + " WHERE "
              + (dice.oneIn(2) ? sub : beside + " AND " + sub);
      case 3 -> "DELETE FROM " + table.name() + " WHERE " + beside;
      default ->
          "UPDATE "
              + table.name()
              + " SET "
              + set.name()
              + " = "
              + dice.of(set.literals())
              + " WHERE "
              + (dice.oneIn(2) ? sub : beside);
    };
  }
}
