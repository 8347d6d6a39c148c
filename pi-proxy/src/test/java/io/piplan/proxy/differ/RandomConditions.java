package io.piplan.proxy.differ;

import java.util.ArrayList;
import java.util.List;

/** Conditions of any shape on the columns of tables. */
final class RandomConditions {
  private final Dice dice;

  RandomConditions(Dice dice) {
    this.dice = dice;
  }

  /**
   * A table in a statement.
   *
   * @param prefix before its columns: {@code t.}, or nothing
   */
  record Scope(String prefix, RandomTable table) {
    String name(RandomColumn column) {
      return prefix + column.name();
    }
  }

  String where(List<Scope> scopes, boolean strict) {
    return dice.oneIn(8) ? "" : " WHERE " + condition(scopes, strict, 2);
  }

  /**
   * A condition.
   *
   * @param strict without texts beside numbers, of which a write makes errors where it meets them
   */
  String condition(List<Scope> scopes, boolean strict, int depth) {
    if (depth == 0 || dice.oneIn(2)) {
      return atom(dice.of(scopes), strict);
    }
    String left = condition(scopes, strict, depth - 1);
    String right = condition(scopes, strict, depth - 1);
    return switch (dice.below(7)) {
      case 0, 1, 2 -> left + " AND " + right;
      case 3 -> "(" + left + " OR " + right + ")";
      case 4 -> left + " OR " + right;
      case 5 -> "NOT (" + left + ")";
      default -> "(" + left + ") AND (" + right + ")";
    };
  }

  private String atom(Scope scope, boolean strict) {
    RandomTable table = scope.table();
    boolean byKey = !table.deals().isEmpty() && dice.oneIn(2);
    RandomColumn column =
        byKey ? table.column(dice.of(dice.of(table.deals()).columns())) : dice.of(table.columns());
    String name = scope.name(column);
    return switch (dice.below(byKey ? 12 : 22)) {
      case 0, 1, 2, 3, 4 -> name + " = " + value(column, strict);
      case 5, 6 -> name + (dice.oneIn(4) ? " NOT" : "") + " IN (" + values(column, strict) + ")";
      case 7 -> name + between(column);
      case 8 ->
          name
              + " "
              + dice.word("<", ">", "<=", ">=", "<>", "<=>", "!=")
              + " "
              + value(column, strict);
      case 9 -> value(column, strict) + " " + dice.word("=", "<", ">=", "<=>") + " " + name;
      case 10 -> rows(scope, column);
      case 11 -> name + dice.word(" IS NULL", " IS NOT NULL");
      case 12 ->
          "COALESCE(" + name + ", " + dice.of(column.literals()) + ") = " + value(column, true);
      case 13 -> "CAST(" + name + " AS CHAR) LIKE '%" + dice.word("1", "a", "") + "%'";
      case 14 -> "(" + name + " = " + value(column, strict) + ") = " + dice.word("1", "0", "TRUE");
      default -> ofFamily(scope, column, strict);
    };
  }

  private String between(RandomColumn column) {
    return (dice.oneIn(5) ? " NOT" : "")
        + " BETWEEN "
        + dice.of(column.literals())
        + " AND "
        + dice.of(column.literals());
  }

  private String ofFamily(Scope scope, RandomColumn column, boolean strict) {
    String name = scope.name(column);
    return switch (column.family()) {
      case TEXT, LONG_TEXT ->
          switch (dice.below(5)) {
            case 0 -> name + " LIKE " + dice.word("'a%'", "'%a%'", "'_'", "'a'", "'%\\%'", "'A_'");
            case 1 -> "LENGTH(" + name + ") > " + dice.below(3);
            case 2 -> "UPPER(" + name + ") = " + dice.of(column.literals());
            case 3 -> name + " REGEXP '^[a-z]'";
            default -> "CONCAT(" + name + ", 'x') > " + dice.of(column.literals());
          };
      case WHOLE, DECIMAL ->
          switch (dice.below(4)) {
            case 0 -> name + " + 0 = " + dice.of(column.literals());
            case 1 -> name + " % 3 = " + dice.below(3);
            case 2 -> "ABS(" + name + ") < " + dice.below(50);
            default -> name + " IN (" + dice.of(column.literals()) + ", " + dice.below(9) + ".5)";
          };
      case DATE, MOMENT ->
          // An overflow is an error for a write, and a warning for a query that reads its rows.
          strict || dice.oneIn(2)
              ? "YEAR(" + name + ") = 2026"
              : name + " < " + dice.of(column.literals()) + " + INTERVAL 1 DAY";
      default -> name + " <> " + value(column, strict);
    };
  }

  private String rows(Scope scope, RandomColumn column) {
    RandomColumn other = dice.of(scope.table().columns());
    String pair = "(" + scope.name(column) + ", " + scope.name(other) + ")";
    return dice.oneIn(2)
        ? pair + " = (" + value(column, true) + ", " + value(other, true) + ")"
        : pair
            + " IN (("
            + value(column, true)
            + ", "
            + value(other, true)
            + "), ("
            + value(column, true)
            + ", "
            + value(other, true)
            + "))";
  }

  private String values(RandomColumn column, boolean strict) {
    List<String> all = new ArrayList<>();
    int count = 1 + dice.below(4);
    for (int i = 0; i < count; i++) {
      all.add(dice.oneIn(12) ? "NULL" : value(column, strict));
    }
    return String.join(", ", all);
  }

  private String value(RandomColumn column, boolean strict) {
    if (strict || !dice.oneIn(8)) {
      return column.literal(dice);
    }
    return switch (column.family()) {
      case WHOLE, DECIMAL, YEAR ->
          dice.word("'3'", "3.0", "3e0", "' 3'", "'03'", "1.5", "'x'", "-0", "+2", "TRUE", "0x02");
      case TEXT ->
          dice.word("3", "0", "10", "x'61'", "_latin1'a'", "'a' COLLATE utf8mb4_bin", "N'a'");
      case DATE, MOMENT ->
          dice.word(
              "20260101",
              "'2026-1-1'",
              "'2026-01-31 00:00:00'",
              "DATE '2026-02-01'",
              "TIMESTAMP '2026-02-01 00:00:00'",
              "'20260201'",
              "'2026-01-01 00:00:00.000'",
              "'x'");
      default -> column.literal(dice);
    };
  }
}
