package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.Side;
import io.piplan.meta.RowVersion;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Mends rows of B from A where no sync runs between them: each in a transaction of its own on B, in
 * which B's row is locked, then A's read. May be run again at any time. Where a sync from A writes
 * to B this must not be used: the sync could bring a row back for a moment.
 */
public final class DirectRepair implements AutoCloseable {
  private final TablePair pair;
  private final RowCheck.InTransaction begin;
  private final DiffSide a;
  private final DiffSide b;
  private final PairPlan plan;

  /** A row that B did not take. */
  public record Refused(Row key, String reason) {}

  /** How many rows were changed. */
  public record Changed(long written, long deleted) {
    Changed plus(Changed more) {
      return new Changed(written + more.written, deleted + more.deleted);
    }
  }

  /**
   * @param begin what each transaction on B begins with
   */
  public DirectRepair(DatabaseRef a, DatabaseRef b, TablePair pair, RowCheck.InTransaction begin) {
    this.pair = pair;
    this.begin = begin;
    this.a = new DiffSide(a, Side.SOURCE);
    try {
      this.b = new DiffSide(b, Side.TARGET);
    } catch (RuntimeException e) {
      this.a.close();
      throw e;
    }
    PairPlan.Outcome outcome =
        DiffPlanner.plan(pair, this.a, this.b, DiffOptions.defaults().withTables(List.of(pair)));
    if (outcome.plan().isEmpty() || !outcome.plan().get().hasKey()) {
      close();
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          "rows of "
              + pair.b()
              + " cannot be mended one by one: "
              + (outcome.plan().isEmpty() ? outcome.problem() : "nothing names them"),
          "write it anew as a whole");
    }
    this.plan = outcome.plan().get();
  }

  /** A sync that writes the table of B, if B knows one; that from A if there are several. */
  public Optional<String> sync() {
    return SyncFlow.writing(a, b, pair);
  }

  /** The keys of rows, each value as A prints it, in the form that is the same on all servers. */
  public Row normal(Row key) {
    return new Selection(plan, true, Optional.empty()).normalKey(key.values());
  }

  /**
   * Mends the rows with these keys, in the form that is the same on all servers.
   *
   * @param judged the version that B's row had when somebody found that A may say it, by key; empty
   *     if B had none. A row that has been written since is left as it is
   * @param refused is given those that B did not take, and those written since
   * @return what was done
   * @throws DtsException if a side cannot be read or written
   */
  public Changed mend(List<Row> keys, Map<Row, Optional<String>> judged, List<Refused> refused) {
    Changed changed = new Changed(0, 0);
    try {
      b.lookup().setAutoCommit(false);
      for (Row key : keys) {
        changed = changed.plus(mend(key, judged.get(key), refused));
      }
      return changed;
    } catch (SQLException e) {
      throw b.failed("mend rows of " + pair.b(), e);
    }
  }

  /**
   * @param judged null if nobody has judged the row
   */
  private Changed mend(Row key, Optional<String> judged, List<Refused> refused)
      throws SQLException {
    byte[][] rowB = one(b.lock(new Selection(plan, false, Optional.empty()), key), key);
    if (judged != null && !judged.equals(version(rowB))) {
      b.lookup().rollback();
      refused.add(new Refused(key, "written at B just now; run the repair again to judge it anew"));
      return new Changed(0, 0);
    }
    Map<Row, List<byte[][]>> inA =
        a.fetch(new Selection(plan, true, Optional.empty()), List.of(key));
    byte[][] rowA = one(inA.getOrDefault(key, List.of()), key);
    boolean same = rowA == null ? rowB == null : rowB != null && plan.same(rowA, rowB);
    Optional<String> sql =
        same ? Optional.empty() : new MendingSql(plan, b.dialect()).of(rowA, rowB);
    try {
      if (sql.isPresent()) {
        begin.run(b.lookup());
        b.execute(sql.get());
      }
      b.lookup().commit();
      return sql.isEmpty()
          ? new Changed(0, 0)
          : rowA == null ? new Changed(0, 1) : new Changed(1, 0);
    } catch (SQLException e) {
      b.lookup().rollback();
      if (RowCheck.isPassing(e)) {
        throw e;
      }
      refused.add(new Refused(key, e.getMessage()));
      return new Changed(0, 0);
    }
  }

  /** Of a row that is locked, as the judge saw it; the empty text where rows have none. */
  private Optional<String> version(byte[][] rowB) {
    if (rowB == null) {
      return Optional.empty();
    }
    for (int i = 0; i < rowB.length; i++) {
      if (plan.columnsB().get(i).name().equalsIgnoreCase(RowVersion.COLUMN)) {
        return Optional.of(rowB[i] == null ? "" : new String(rowB[i], StandardCharsets.US_ASCII));
      }
    }
    return Optional.of("");
  }

  private byte[][] one(List<byte[][]> rows, Row key) {
    if (rows.size() > 1) {
      throw new DtsException(
          DtsError.TARGET_MISMATCH,
          rows.size() + " rows of " + pair.a() + " have the key " + key,
          "name columns that tell the rows apart");
    }
    return rows.isEmpty() ? null : rows.get(0);
  }

  @Override
  public void close() {
    a.close();
    b.close();
  }
}
