package io.piplan.dts.verify;

import io.piplan.dts.Row;
import io.piplan.dts.TableCondition;
import io.piplan.dts.value.Family;
import io.piplan.dts.value.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * Walks over B's keys in B's own order. A bound is a key whose leading columns tell where it
 * stands; columns that a server orders otherwise than it compares them (ENUM, SET) end the leading
 * ones.
 */
final class KeyWalk {
  private final DiffSide b;
  private final Selection selection;
  private final List<DiffColumn> leading = new ArrayList<>();
  private final List<Family> families = new ArrayList<>();

  KeyWalk(PairPlan plan, DiffSide b, Optional<TableCondition> where) {
    this.b = b;
    this.selection = new Selection(plan, false, where);
    for (int k : plan.key()) {
      DiffColumn column = plan.columnsB().get(k);
      if (!isOrdered(column)) {
        break;
      }
      leading.add(column);
      families.add(plan.meanings().get(k).family());
    }
  }

  private static boolean isOrdered(DiffColumn column) {
    String type = column.nativeType().toLowerCase(Locale.ROOT);
    boolean labels =
        column.kind() == Kind.TEXT && (type.startsWith("enum") || type.startsWith("set"));
    return !labels && column.kind() != Kind.BIT;
  }

  Optional<Row> bound(Optional<Row> after, long rows) {
    if (leading.isEmpty()) {
      return Optional.empty();
    }
    List<Row> found =
        b.keys(
            selection, range(after, Optional.empty()), order() + " LIMIT 1 OFFSET " + (rows - 1));
    return found.stream().findFirst();
  }

  List<Row> keys(Optional<Row> after, Optional<Row> upTo) {
    return b.keys(selection, range(after, upTo), "");
  }

  private String order() {
    StringJoiner order = new StringJoiner(", ", " ORDER BY ", "");
    leading.forEach(column -> order.add(b.dialect().quote(column.name())));
    return order.toString();
  }

  private List<String> range(Optional<Row> after, Optional<Row> upTo) {
    List<String> conditions = new ArrayList<>();
    after.ifPresent(bound -> conditions.add(compare(bound, 0, ">", ">")));
    upTo.ifPresent(bound -> conditions.add(compare(bound, 0, "<", "<=")));
    return conditions;
  }

  /** Spelt out, since servers do not use an index for {@code (a, b) > (x, y)}. */
  private String compare(Row bound, int from, String operator, String lastOperator) {
    DiffColumn column = leading.get(from);
    String name = b.dialect().quote(column.name());
    String value = b.dialect().literal(column, families.get(from), bound.value(from));
    if (from == leading.size() - 1) {
      return name + " " + lastOperator + " " + value;
    }
    return "("
        + name
        + " "
        + operator
        + " "
        + value
        + " OR ("
        + name
        + " = "
        + value
        + " AND "
        + compare(bound, from + 1, operator, lastOperator)
        + "))";
  }
}
