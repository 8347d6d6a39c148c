package io.piplan.proxy.differ;

import io.piplan.proxy.differ.RandomConditions.Scope;
import io.piplan.proxy.differ.RandomTable.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Queries over a schema: each with a result that does not depend on the way it is computed. */
final class RandomQueries {
  private final Dice dice;
  private final RandomSchema schema;
  private final RandomConditions conditions;

  RandomQueries(Dice dice, RandomSchema schema) {
    this.dice = dice;
    this.schema = schema;
    this.conditions = new RandomConditions(dice);
  }

  Line next() {
    RandomTable table = dice.of(schema.tables());
    return switch (dice.below(24)) {
      case 0, 1, 2, 3, 4 -> plain(table);
      case 5, 6 -> aggregates(table);
      case 7, 8, 9, 10 -> groups(table);
      case 11, 12 -> distinct(table);
      case 13, 14, 15, 16 -> join();
      case 17, 18 -> union(table);
      case 19, 20 -> subquery(table);
      case 21 -> derived(table);
      case 22 -> window(table);
      default -> common(table);
    };
  }

  private Line plain(RandomTable table) {
    String alias = dice.oneIn(3) ? "a" : "";
    Scope scope = new Scope(alias.isEmpty() ? "" : "a.", table);
    List<String> items = new ArrayList<>();
    if (dice.oneIn(4)) {
      items.add("*");
    }
    int more = items.isEmpty() ? 1 + dice.below(4) : 0;
    for (int i = 0; i < more; i++) {
      items.add(item(scope, dice.of(table.columns())));
    }
    String from = table.name() + (alias.isEmpty() ? "" : " " + alias);
    String order = order(List.of(scope));
    return Line.of(
        "SELECT "
            + String.join(", ", items)
            + " FROM "
            + from
            + conditions.where(List.of(scope), false)
            + order
            + (order.isEmpty() ? "" : limit())
            + (dice.oneIn(20) ? " FOR UPDATE" : ""));
  }

  /** A total order, or none. */
  private String order(List<Scope> scopes) {
    if (dice.oneIn(2) || scopes.stream().anyMatch(s -> s.table().primaryKey().isEmpty())) {
      return "";
    }
    List<String> all = new ArrayList<>();
    if (dice.oneIn(2)) {
      Scope scope = dice.of(scopes);
      all.add(scope.name(dice.of(scope.table().columns())) + direction());
    }
    if (dice.oneIn(6)) {
      Scope scope = dice.of(scopes);
      all.add(expression(scope, dice.of(scope.table().columns())) + direction());
    }
    scopes.forEach(
        scope ->
            scope.table().primaryKey().forEach(key -> all.add(scope.prefix() + key + direction())));
    return " ORDER BY " + String.join(", ", all);
  }

  private String direction() {
    return dice.word("", "", " DESC", " ASC");
  }

  private String limit() {
    return switch (dice.below(5)) {
      case 0 -> " LIMIT " + dice.below(12);
      case 1 -> " LIMIT " + dice.below(8) + ", " + dice.below(12);
      case 2 -> " LIMIT " + dice.below(12) + " OFFSET " + dice.below(15);
      default -> "";
    };
  }

  private String item(Scope scope, RandomColumn column) {
    String text = dice.oneIn(3) ? expression(scope, column) : scope.name(column);
    return dice.oneIn(6) ? text + " AS z" + dice.below(100) : text;
  }

  private String expression(Scope scope, RandomColumn column) {
    String name = scope.name(column);
    if (dice.oneIn(4)) {
      return switch (dice.below(5)) {
        case 0 -> "IFNULL(" + name + ", " + dice.of(column.literals()) + ")";
        case 1 -> name + " IS NULL";
        case 2 -> "CASE WHEN " + name + " = " + column.literal(dice) + " THEN 1 ELSE 0 END";
        case 3 -> "NULLIF(" + name + ", " + dice.of(column.literals()) + ")";
        default -> "CAST(" + name + " AS CHAR)";
      };
    }
    return switch (column.family()) {
      case WHOLE ->
          dice.word("%s + 0", "%s %% 3", "%s DIV 2", "%s * 1.5", "%s / 3", "CAST(%s AS SIGNED)")
              .formatted(name);
      case DECIMAL ->
          dice.word("%s + 1", "%s * 2", "ROUND(%s, 1)", "-%s", "%s / 7", "FLOOR(%s)")
              .formatted(name);
      case FLOATING -> dice.word("%s * 2", "-%s", "%s + 0e0").formatted(name);
      case TEXT, LONG_TEXT ->
          dice.word(
                  "UPPER(%s)",
                  "LENGTH(%s)", "CONCAT(%s, '!')", "HEX(%s)", "LEFT(%s, 1)", "TRIM(%s)")
              .formatted(name);
      case BYTES, BIT, SET -> "HEX(" + name + ")";
      case DATE, MOMENT ->
          dice.word(
                  "YEAR(%s)",
                  "DATE(%s)", "DATE_FORMAT(%s, '%%Y/%%m')", "%s + INTERVAL 1 DAY", "MONTH(%s)")
              .formatted(name);
      default -> name;
    };
  }

  private String aggregate(Scope scope) {
    RandomColumn column = dice.of(scope.table().columns());
    String name = scope.name(column);
    if (dice.oneIn(6)) {
      return "COUNT(*)";
    }
    if (column.isNumber() && dice.oneIn(2)) {
      String of = dice.oneIn(4) ? "DISTINCT " : "";
      return switch (dice.below(column.family() == RandomColumn.Family.WHOLE ? 10 : 6)) {
        case 0, 1, 2 -> "SUM(" + of + name + ")";
        case 3, 4 -> "AVG(" + of + name + ")";
        case 5 ->
            dice.word(
                    "SUM(%s) / COUNT(*)",
                    "IFNULL(SUM(%s), 0)", "ROUND(AVG(%s), 2)", "MAX(%s) + 1e0")
                .formatted(name);
        case 6 -> "BIT_OR(" + name + ")";
        case 7 -> "BIT_XOR(" + name + ")";
        case 8 -> "GROUP_CONCAT(" + of + name + " ORDER BY " + name + direction() + ")";
        default -> "BIT_AND(" + name + ")";
      };
    }
    // MariaDB 11.4 takes the least by numbers if it finds it in an index, else by texts.
    boolean listed = column.family() == RandomColumn.Family.ENUM && scope.table().isIndexed(column);
    return switch (dice.below(listed ? 2 : 5)) {
      case 0 -> "COUNT(" + name + ")";
        // MariaDB 11.4 puts groups of NULL and of zero together where different bits are counted.
      case 1 ->
          "COUNT(" + (column.family() == RandomColumn.Family.BIT ? "" : "DISTINCT ") + name + ")";
      case 2, 3 -> "MIN(" + name + ")";
      default -> "MAX(" + name + ")";
    };
  }

  private String aggregates(Scope scope, int most) {
    List<String> all = new ArrayList<>();
    int count = 1 + dice.below(most);
    for (int i = 0; i < count; i++) {
      all.add(aggregate(scope));
    }
    return String.join(", ", all);
  }

  private Line aggregates(RandomTable table) {
    Scope scope = new Scope("", table);
    return new Line(
        "SELECT "
            + aggregates(scope, 4)
            + " FROM "
            + table.name()
            + conditions.where(List.of(scope), false)
            + (dice.oneIn(6) ? " HAVING COUNT(*) > " + dice.below(5) : ""),
        true);
  }

  private Line groups(RandomTable table) {
    Scope scope = new Scope("", table);
    List<String> by = new ArrayList<>();
    List<RandomColumn> columns = table.columns().stream().filter(RandomColumn::groups).toList();
    int count = 1 + dice.below(2);
    for (int i = 0; i < count; i++) {
      RandomColumn column = dice.of(columns);
      String one = dice.oneIn(5) ? expression(scope, column) : column.name();
      if (!by.contains(one)) {
        by.add(one);
      }
    }
    String having =
        switch (dice.below(6)) {
          case 0 -> " HAVING COUNT(*) > " + dice.below(4);
          case 1 -> " HAVING " + aggregate(scope) + " IS NOT NULL";
          default -> "";
        };
    String order =
        dice.oneIn(2)
            ? " ORDER BY " + by.stream().map(b -> b + direction()).collect(Collectors.joining(", "))
            : "";
    return new Line(
        "SELECT "
            + String.join(", ", by)
            + ", "
            + aggregates(scope, 3)
            + " FROM "
            + table.name()
            + conditions.where(List.of(scope), false)
            + " GROUP BY "
            + String.join(", ", by)
            + having
            + order
            + (order.isEmpty() ? "" : limit()),
        true);
  }

  private Line distinct(RandomTable table) {
    List<RandomColumn> columns = table.columns().stream().filter(RandomColumn::groups).toList();
    List<String> items = new ArrayList<>();
    int count = 1 + dice.below(3);
    for (int i = 0; i < count; i++) {
      String name = dice.of(columns).name();
      if (!items.contains(name)) {
        items.add(name);
      }
    }
    String order =
        dice.oneIn(2)
            ? " ORDER BY "
                + items.stream().map(b -> b + direction()).collect(Collectors.joining(", "))
                + limit()
            : "";
    return new Line(
        "SELECT DISTINCT "
            + String.join(", ", items)
            + " FROM "
            + table.name()
            + conditions.where(List.of(new Scope("", table)), false)
            + order,
        true);
  }

  private Line join() {
    RandomTable left = dice.of(schema.tables());
    RandomTable right = dice.of(schema.tables());
    Scope a = new Scope("a.", left);
    Scope b = new Scope("b.", right);
    List<Scope> both = List.of(a, b);
    String on = on(a, b);
    String from =
        switch (dice.below(5)) {
          case 0 -> left.name() + " a LEFT JOIN " + right.name() + " b ON " + on;
          case 1 -> left.name() + " a, " + right.name() + " b";
          default -> left.name() + " a JOIN " + right.name() + " b ON " + on;
        };
    String where =
        from.contains(", ") && !from.contains(" ON ")
            ? " WHERE " + on + " AND " + conditions.condition(both, false, 1)
            : conditions.where(both, false);
    if (dice.oneIn(3)) {
      Scope of = dice.of(both);
      List<RandomColumn> columns =
          of.table().columns().stream().filter(RandomColumn::groups).toList();
      String by = of.name(dice.of(columns));
      return new Line(
          "SELECT "
              + by
              + ", "
              + aggregates(dice.of(both), 3)
              + " FROM "
              + from
              + where
              + " GROUP BY "
              + by
              + (dice.oneIn(2) ? " ORDER BY " + by + direction() + limit() : ""),
          true);
    }
    String order = order(both);
    return Line.of(
        "SELECT "
            + (dice.oneIn(5) ? "a.*" : item(a, dice.of(left.columns())))
            + ", "
            + (dice.oneIn(5) ? "b.*" : item(b, dice.of(right.columns())))
            + " FROM "
            + from
            + where
            + order
            + (order.isEmpty() ? "" : limit()));
  }

  private String on(Scope a, Scope b) {
    if (!a.table().deals().isEmpty() && !b.table().deals().isEmpty() && !dice.oneIn(6)) {
      List<String> left = a.table().deals().get(0).columns();
      List<String> right = b.table().deals().get(0).columns();
      if (left.size() == right.size()) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < left.size(); i++) {
          all.add(a.prefix() + left.get(i) + " = " + b.prefix() + right.get(i));
        }
        if (dice.oneIn(4)) {
          all.add(conditions.condition(List.of(a, b), false, 0));
        }
        return String.join(" AND ", all);
      }
    }
    RandomColumn left = dice.of(a.table().columns());
    List<RandomColumn> alike =
        b.table().columns().stream().filter(c -> c.family() == left.family()).toList();
    return alike.isEmpty()
        ? a.prefix() + "id = " + b.prefix() + "id"
        : a.name(left) + " = " + b.name(dice.of(alike));
  }

  private Line union(RandomTable table) {
    RandomTable other = dice.of(schema.tables());
    RandomColumn first = dice.of(table.columns().stream().filter(RandomColumn::groups).toList());
    List<RandomColumn> alike =
        other.columns().stream().filter(c -> c.family() == first.family() && c.groups()).toList();
    if (alike.isEmpty()) {
      return plain(table);
    }
    RandomColumn second = dice.of(alike);
    return new Line(
        "SELECT "
            + first.name()
            + " FROM "
            + table.name()
            + conditions.where(List.of(new Scope("", table)), false)
            + dice.word(" UNION ", " UNION ALL ", " UNION ALL ", " EXCEPT ", " INTERSECT ")
            + "SELECT "
            + second.name()
            + " FROM "
            + other.name()
            + conditions.where(List.of(new Scope("", other)), false)
            + (dice.oneIn(3) ? " ORDER BY 1" + direction() + limit() : ""),
        true);
  }

  private Line subquery(RandomTable table) {
    RandomTable other = dice.of(schema.tables());
    RandomColumn column = dice.of(table.columns());
    List<RandomColumn> alike =
        other.columns().stream()
            .filter(c -> c.family() == column.family())
            .filter(c -> c.family() != RandomColumn.Family.ENUM || !other.isIndexed(c))
            .toList();
    Scope a = new Scope("a.", table);
    Scope b = new Scope("b.", other);
    String inner = " FROM " + other.name() + " b" + conditions.where(List.of(b), false);
    String condition =
        switch (alike.isEmpty() ? 3 : dice.below(5)) {
          case 0 -> a.name(column) + in(column, dice.of(alike), b) + inner + ")";
          case 1 ->
              a.name(column)
                  + dice.word(" = ", " < ", " >= ")
                  + "(SELECT "
                  + dice.word("MIN", "MAX")
                  + "("
                  + b.name(dice.of(alike))
                  + ")"
                  + inner
                  + ")";
          case 2 ->
              dice.word("", "NOT ")
                  + "EXISTS (SELECT 1 FROM "
                  + other.name()
                  + " b WHERE "
                  + on(b, a)
                  + " AND "
                  + conditions.condition(List.of(b), false, 1)
                  + ")";
          case 3 -> "(SELECT COUNT(*)" + inner + ") > " + dice.below(4);
          default ->
              "(SELECT COUNT(*) FROM "
                  + other.name()
                  + " b WHERE "
                  + on(b, a)
                  + ") > "
                  + dice.below(3);
        };
    String order = order(List.of(a));
    return Line.of(
        "SELECT "
            + item(a, dice.of(table.columns()))
            + (dice.oneIn(3) ? ", a.*" : "")
            + " FROM "
            + table.name()
            + " a WHERE "
            + (dice.oneIn(2)
                ? condition
                : conditions.condition(List.of(a), false, 1) + " AND " + condition)
            + order
            + (order.isEmpty() ? "" : limit()));
  }

  private String in(RandomColumn column, RandomColumn other, Scope of) {
    // MariaDB 11.4 finds a number that is beyond the list's type not to be in a list with NULL.
    boolean may = !column.isNumber() || column.type().equals(other.type());
    return dice.word(" IN ", may ? " NOT IN " : " IN ") + "(SELECT " + of.name(other);
  }

  private Line derived(RandomTable table) {
    RandomColumn by = dice.of(table.columns().stream().filter(RandomColumn::groups).toList());
    Scope scope = new Scope("", table);
    return dice.oneIn(2)
        ? new Line(
            "SELECT d.g, d.n FROM (SELECT "
                + by.name()
                + " AS g, COUNT(*) AS n FROM "
                + table.name()
                + conditions.where(List.of(scope), false)
                + " GROUP BY "
                + by.name()
                + ") d WHERE d.n > "
                + dice.below(3),
            true)
        : new Line(
            "SELECT COUNT(*), COUNT(DISTINCT d.g) FROM (SELECT "
                + by.name()
                + " AS g FROM "
                + table.name()
                + conditions.where(List.of(scope), false)
                + ") d",
            true);
  }

  private Line window(RandomTable table) {
    if (table.primaryKey().isEmpty()) {
      return plain(table);
    }
    String order = String.join(", ", table.primaryKey());
    RandomColumn by = dice.of(table.columns().stream().filter(RandomColumn::groups).toList());
    return Line.of(
        "SELECT "
            + order
            + ", "
            + dice.word(
                "ROW_NUMBER()", "COUNT(*)", "RANK()", "MAX(" + order.replaceAll(",.*", "") + ")")
            + " OVER (PARTITION BY "
            + by.name()
            + " ORDER BY "
            + order
            + direction()
            + ") AS w FROM "
            + table.name()
            + conditions.where(List.of(new Scope("", table)), false));
  }

  private Line common(RandomTable table) {
    Scope scope = new Scope("", table);
    RandomColumn column = dice.of(table.columns());
    if (table.kind() == Kind.UNNAMED || dice.oneIn(3)) {
      return Line.of(
          "WITH w AS (SELECT * FROM "
              + table.name()
              + conditions.where(List.of(scope), false)
              + ") SELECT "
              + column.name()
              + ", id FROM w"
              + conditions.where(List.of(scope), false));
    }
    return new Line(
        "WITH w AS (SELECT "
            + column.name()
            + " AS v, COUNT(*) AS n FROM "
            + table.name()
            + (column.groups() ? "" : " WHERE 1 = 0")
            + " GROUP BY "
            + column.name()
            + ") SELECT SUM(n), COUNT(v) FROM w",
        true);
  }
}
