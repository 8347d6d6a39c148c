package io.piplan.dts.verify;

import io.piplan.dts.Row;
import io.piplan.dts.verify.RowDifference.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A row that differs, with all its values as both servers print them. */
public final class DifferentRow {
  private final PairPlan plan;
  private final SideDialect target;
  private final Optional<MendingSession> session;
  private final byte[][] a;
  private final byte[][] b;

  /**
   * @param session where B is mended; empty if no statements can
   * @param a null if A has no such row
   * @param b null if B has none
   */
  DifferentRow(
      PairPlan plan, SideDialect target, Optional<MendingSession> session, byte[][] a, byte[][] b) {
    this.plan = plan;
    this.target = target;
    this.session = session;
    this.a = a;
    this.b = b;
  }

  public TablePair pair() {
    return plan.pair();
  }

  public Kind kind() {
    return a == null ? Kind.ONLY_IN_B : b == null ? Kind.ONLY_IN_A : Kind.DIFFERENT;
  }

  /**
   * Whether the row can be mended: something names it (rows of tables without a key are compared as
   * a bag), all its columns were read, and B is no Hive.
   */
  public boolean mendable() {
    return unmendable().isEmpty();
  }

  /** Why the row cannot be mended, if it cannot. */
  public Optional<String> unmendable() {
    if (session.isEmpty()) {
      return Optional.of("rows of Hive are mended by no statements");
    }
    if (!plan.hasKey()) {
      return Optional.of("nothing names its rows");
    }
    return plan.byVersion() ? Optional.of("only its versions were compared") : Optional.empty();
  }

  /**
   * The session in which {@link #mendingSql} means what it should.
   *
   * @throws IllegalStateException if the row is not {@link #mendable}
   */
  public MendingSession mendingSession() {
    return session.orElseThrow(
        () -> new IllegalStateException("rows of " + plan.pair().b() + " cannot be mended"));
  }

  /** The key's values, in the form that is the same on all servers. */
  public Row key() {
    return a != null ? plan.keyOfA(a) : plan.keyOfB(b);
  }

  /** Names of the key's columns, as A has them. */
  public List<String> keyColumns() {
    List<String> names = new ArrayList<>();
    for (int k : plan.key()) {
      names.add(plan.columnsA().get(k).name());
    }
    return names;
  }

  /**
   * The statement that brings B's row to what A's is; empty if only columns differ that B computes
   * itself.
   *
   * @throws IllegalStateException if it is not {@link #mendable}
   */
  public Optional<String> mendingSql() {
    if (!mendable()) {
      throw new IllegalStateException("a row of " + plan.pair().b() + " that cannot be mended");
    }
    return new MendingSql(plan, target).of(a, b);
  }
}
