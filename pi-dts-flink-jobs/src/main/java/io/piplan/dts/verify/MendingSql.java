package io.piplan.dts.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/** Statements that make B's rows what A's are. Columns that B computes itself are left out. */
final class MendingSql {
  private final PairPlan plan;
  private final SideDialect target;

  MendingSql(PairPlan plan, SideDialect target) {
    this.plan = plan;
    this.target = target;
  }

  /** Empty if only columns differ that B computes itself. */
  Optional<String> of(byte[][] a, byte[][] b) {
    if (a == null) {
      return Optional.of("DELETE FROM " + table() + " WHERE " + byKey(plan.keyOfB(b).values()));
    }
    return b == null ? Optional.of(insert(a)) : update(a, b);
  }

  private String insert(byte[][] a) {
    StringJoiner names = new StringJoiner(", ", "(", ")");
    StringJoiner values = new StringJoiner(", ", "(", ")");
    for (int i : written()) {
      names.add(target.quote(plan.columnsB().get(i).name()));
      values.add(value(i, a[i]));
    }
    return "INSERT INTO " + table() + " " + names + target.insertOverride() + " VALUES " + values;
  }

  private Optional<String> update(byte[][] a, byte[][] b) {
    StringJoiner sets = new StringJoiner(", ");
    boolean differs = false;
    for (int i : written()) {
      DiffColumn column = plan.columnsB().get(i);
      boolean same = plan.meanings().get(i).same(a[i], b[i]);
      differs |= !same;
      // Else the server would set it to now.
      if (!same || column.touched()) {
        sets.add(target.quote(column.name()) + " = " + value(i, a[i]));
      }
    }
    return !differs
        ? Optional.empty()
        : Optional.of(
            "UPDATE " + table() + " SET " + sets + " WHERE " + byKey(plan.keyOfB(b).values()));
  }

  private List<Integer> written() {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < plan.columnsB().size(); i++) {
      if (!plan.columnsB().get(i).generated()) {
        places.add(i);
      }
    }
    return places;
  }

  private String value(int column, byte[] value) {
    return value == null
        ? "NULL"
        : target.value(plan.columnsB().get(column), plan.meanings().get(column), value);
  }

  private String byKey(byte[][] key) {
    StringJoiner tests = new StringJoiner(" AND ");
    for (int k = 0; k < key.length; k++) {
      DiffColumn column = plan.columnsB().get(plan.key()[k]);
      tests.add(
          target.quote(column.name())
              + " = "
              + target.literal(column, plan.meanings().get(plan.key()[k]).family(), key[k]));
    }
    return tests.toString();
  }

  private String table() {
    return target.quote(plan.b().schema()) + "." + target.quote(plan.b().name());
  }
}
