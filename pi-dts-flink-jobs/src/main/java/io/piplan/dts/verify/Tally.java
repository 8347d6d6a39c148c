package io.piplan.dts.verify;

import io.piplan.dts.Row;
import io.piplan.dts.verify.RowDifference.ColumnDifference;
import io.piplan.dts.verify.RowDifference.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds up what was found in a part of a pair of tables. */
final class Tally {
  /** Is told what is added. */
  interface Listener {
    Listener NONE =
        new Listener() {
          @Override
          public void rows(long ofA) {}

          @Override
          public void differs(byte[][] a, byte[][] b) {}
        };

    void rows(long ofA);

    /** A row that differs, null where a side has none. */
    void differs(byte[][] a, byte[][] b);
  }

  private static final int SHOWN = 120;

  private final PairPlan plan;
  private final int samples;
  private final Listener listener;
  private final List<RowDifference> sample = new ArrayList<>();
  private long rowsA;
  private long rowsB;
  private long equal;
  private long onlyInA;
  private long onlyInB;
  private long different;
  private long moving;

  Tally(PairPlan plan, int samples, Listener listener) {
    this.plan = plan;
    this.samples = samples;
    this.listener = listener;
  }

  void equal(long rows) {
    rowsA += rows;
    rowsB += rows;
    equal += rows;
    listener.rows(rows);
  }

  /** A row that both sides kept changing. */
  void moving(boolean inA, boolean inB) {
    rowsA += inA ? 1 : 0;
    rowsB += inB ? 1 : 0;
    moving++;
    listener.rows(inA ? 1 : 0);
  }

  /** One row, null where a side has none. */
  void differs(byte[][] a, byte[][] b) {
    rowsA += a == null ? 0 : 1;
    rowsB += b == null ? 0 : 1;
    Kind kind;
    if (b == null) {
      kind = Kind.ONLY_IN_A;
      onlyInA++;
    } else if (a == null) {
      kind = Kind.ONLY_IN_B;
      onlyInB++;
    } else {
      kind = Kind.DIFFERENT;
      different++;
    }
    if (sample.size() < samples) {
      sample.add(describe(kind, a, b));
    }
    listener.rows(a == null ? 0 : 1);
    listener.differs(a, b);
  }

  /** Rows without a key that a side had otherwise at each look. */
  void moving(long inA, long inB) {
    rowsA += inA;
    rowsB += inB;
    moving += Math.max(inA, inB);
  }

  /** Rows without a key that only one side has; described elsewhere. */
  void unpaired(long inA, long inB) {
    rowsA += inA;
    rowsB += inB;
    onlyInA += inA;
    onlyInB += inB;
  }

  boolean wantsSample() {
    return sample.size() < samples;
  }

  void sample(Kind kind, byte[][] row) {
    if (wantsSample()) {
      sample.add(
          describe(kind, kind == Kind.ONLY_IN_A ? row : null, kind == Kind.ONLY_IN_A ? null : row));
    }
  }

  private RowDifference describe(Kind kind, byte[][] a, byte[][] b) {
    Map<String, String> key = new LinkedHashMap<>();
    if (plan.hasKey()) {
      Row values = a != null ? plan.keyOfA(a) : plan.keyOfB(b);
      for (int i = 0; i < plan.key().length; i++) {
        DiffColumn column = plan.columnsA().get(plan.key()[i]);
        key.put(column.name(), shown(column, values.value(i)));
      }
    } else {
      for (int i = 0; i < plan.columnsA().size(); i++) {
        byte[] value = a != null ? a[i] : b[i];
        key.put(plan.columnsA().get(i).name(), shown(plan.columnsA().get(i), value));
      }
    }
    List<ColumnDifference> columns = new ArrayList<>();
    for (int i = 0; kind == Kind.DIFFERENT && i < a.length; i++) {
      if (!plan.meanings().get(i).same(a[i], b[i])) {
        columns.add(
            new ColumnDifference(
                plan.columnsA().get(i).name(),
                shown(plan.columnsA().get(i), a[i]),
                shown(plan.columnsB().get(i), b[i])));
      }
    }
    return new RowDifference(kind, key, columns);
  }

  /** A value for people, shortened. */
  static String shown(DiffColumn column, byte[] value) {
    if (value == null) {
      return null;
    }
    boolean raw =
        column.kind() == io.piplan.dts.value.Kind.BYTES
            || column.kind() == io.piplan.dts.value.Kind.GEOMETRY;
    String text =
        raw
            ? "0x" + HexFormat.of().formatHex(value, 0, Math.min(value.length, SHOWN / 2))
            : new String(value, StandardCharsets.UTF_8);
    boolean cut = text.length() > SHOWN || (raw && value.length > SHOWN / 2);
    return cut
        ? text.substring(0, Math.min(SHOWN, text.length())) + "… (" + value.length + " bytes)"
        : text;
  }

  DiffResult result() {
    return new DiffResult(
        plan.pair().a(),
        plan.pair().b(),
        rowsA,
        rowsB,
        equal,
        onlyInA,
        onlyInB,
        different,
        moving,
        plan.byVersion(),
        sample,
        null);
  }
}
