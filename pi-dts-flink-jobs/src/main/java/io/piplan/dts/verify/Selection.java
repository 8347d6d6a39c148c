package io.piplan.dts.verify;

import io.piplan.dts.Row;
import io.piplan.dts.value.Meaning;
import java.util.List;

/** One side's part of a {@link PairPlan}. */
record Selection(PairPlan plan, boolean isA) {
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

  /** The condition is written in A's SQL; B holds only rows that met it. */
  String where() {
    return isA ? plan.pair().where() : null;
  }

  Row keyOf(byte[][] row) {
    return isA ? plan.keyOfA(row) : plan.keyOfB(row);
  }
}
