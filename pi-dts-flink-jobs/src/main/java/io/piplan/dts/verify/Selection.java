package io.piplan.dts.verify;

import io.piplan.dts.Row;
import io.piplan.dts.TableCondition;
import io.piplan.dts.value.Meaning;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One side's part of a {@link PairPlan}.
 *
 * @param where which rows of both sides count
 */
record Selection(PairPlan plan, boolean isA, Optional<TableCondition> where) {
  DiffTable table() {
    return isA ? plan.a() : plan.b();
  }

  List<DiffColumn> columns() {
    return isA ? plan.columnsA() : plan.columnsB();
  }

  List<Meaning> meanings() {
    return plan.meanings();
  }

  int[] key() {
    return plan.key();
  }

  /** What this side has to be asked: of A's rows only some may be meant for B. */
  List<TableCondition> conditions() {
    List<TableCondition> conditions = new ArrayList<>();
    where.ifPresent(conditions::add);
    if (isA) {
      plan.pair().where().ifPresent(conditions::add);
    }
    return conditions;
  }

  /** Of the values of the key's columns alone. */
  Row normalKey(byte[][] key) {
    byte[][] values = new byte[key.length][];
    for (int i = 0; i < key.length; i++) {
      Meaning meaning = meanings().get(key()[i]);
      values[i] = isA ? meaning.normalA(key[i]) : meaning.normalB(key[i]);
    }
    return new Row(values);
  }

  Row keyOf(byte[][] row) {
    return isA ? plan.keyOfA(row) : plan.keyOfB(row);
  }
}
