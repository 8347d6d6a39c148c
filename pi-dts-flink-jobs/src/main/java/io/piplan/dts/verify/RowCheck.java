package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableCondition;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.value.Kind;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What B has of rows of A that somebody else reads, in the canonical form of {@link
 * io.piplan.dts.ColumnType}: which of them it has otherwise, and which keys it has at all. Columns
 * that B lacks or computes itself are not looked at. Used by one thread.
 */
public final class RowCheck implements AutoCloseable {
  /** Rows that are looked up in one go. */
  public static final int ROWS = 500;

  private static final int LOCK_WAIT = 1205;

  private final PairPlan plan;
  private final DiffSide b;
  private final int[] places;
  private final String whereA;
  private final Optional<TableCondition> where;
  private final KeyWalk walk;

  /**
   * @param schema of the rows of A
   * @param where which rows count, if not all
   * @throws DtsException {@code TARGET_MISSING_TABLE} if B has no such table, {@code SOURCE_NO_KEY}
   *     if rows cannot be looked up by their key
   */
  public RowCheck(
      DatabaseRef a,
      DatabaseRef b,
      TableSchema schema,
      String tableB,
      Optional<TableCondition> where,
      boolean zeroDateIsNull) {
    this.where = where;
    this.b = new DiffSide(b, Side.TARGET);
    try (DiffSide sideA = new DiffSide(a, Side.SOURCE)) {
      DiffTable ofA = existing(sideA, schema.id().table());
      DiffTable ofB = existing(this.b, tableB);
      this.plan = plan(ofA, ofB, schema, zeroDateIsNull);
      this.whereA = where.map(w -> w.sql(sideA.dialect().spelling(ofA))).orElse(null);
    } catch (RuntimeException e) {
      this.b.close();
      throw e;
    }
    this.places = new int[plan.columnsA().size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = schema.indexOf(plan.columnsA().get(i).name());
    }
    this.walk = new KeyWalk(plan, this.b, where);
  }

  private static DiffTable existing(DiffSide side, String name) {
    return side.table(name)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.TARGET_MISSING_TABLE,
                    "there is no table " + name + " in " + side.database(),
                    "create it, or restart the sync, which creates it"));
  }

  private static PairPlan plan(
      DiffTable a, DiffTable b, TableSchema schema, boolean zeroDateIsNull) {
    List<DiffColumn> both =
        a.columns().stream()
            .filter(column -> schema.indexOf(column.name()) >= 0)
            .filter(column -> b.column(column.name()).filter(c -> !c.generated()).isPresent())
            .toList();
    DiffTable ofA = new DiffTable(a.schema(), a.name(), both, schema.key(), a.estimatedRows());
    TablePair pair = new TablePair(a.name(), b.name(), schema.key(), Optional.empty());
    PairPlan.Outcome outcome = PairPlan.of(pair, ofA, b, zeroDateIsNull);
    if (outcome.plan().isEmpty() || !outcome.plan().get().hasKey()) {
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          "rows of table "
              + schema.id()
              + " cannot be looked up one by one: "
              + (outcome.plan().isEmpty()
                  ? outcome.problem()
                  : "their key " + schema.key() + " has a type that servers do not compare alike"),
          "compare the table with pi diff, and copy it anew as a whole");
    }
    return outcome.plan().get();
  }

  /** The condition in A's SQL, or null if all rows count. */
  public String whereA() {
    return whereA;
  }

  /** Rows of B, as the server guesses them. */
  public long estimatedRowsB() {
    return plan.b().estimatedRows();
  }

  public boolean bComparesTextExactly() {
    return b.isPostgres();
  }

  /** Which of these rows B has otherwise, or not at all, right now. */
  public List<Row> different(List<Row> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    List<byte[][]> printed = new ArrayList<>(rows.size());
    List<Row> keys = new ArrayList<>(rows.size());
    for (Row row : rows) {
      byte[][] values = printed(row);
      printed.add(values);
      keys.add(plan.keyOfA(values));
    }
    Map<Row, List<byte[][]>> found = b.fetch(new Selection(plan, false, where), keys);
    List<Row> different = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      List<byte[][]> there = found.getOrDefault(keys.get(i), List.of());
      if (there.size() != 1 || !plan.same(printed.get(i), there.get(0))) {
        different.add(rows.get(i));
      }
    }
    return different;
  }

  /** What else is to be done in the transaction in which a row is mended. */
  @FunctionalInterface
  public interface InTransaction {
    void run(Connection connection) throws SQLException;
  }

  /** Says whether a row may be mended, in the transaction that has locked it. */
  @FunctionalInterface
  public interface Permission {
    boolean given(Connection connection) throws SQLException;
  }

  /** What became of a row. */
  public sealed interface Mending {
    /** It is as it should be. */
    record Done() implements Mending {}

    /** It was not to be mended any more; nothing is changed. */
    record Withheld() implements Mending {}

    /** B refuses it; nothing is changed. */
    record Refused(String why) implements Mending {}
  }

  /**
   * Makes B's row what A's is, in one transaction with something else. Nobody else may write the
   * row meanwhile.
   *
   * @param key a row of which only the key counts
   * @param source A's row; empty if it has none
   * @param begin what the transaction begins with
   * @param may asked for when the row is locked: writers lock it before anything that tells of it
   * @param more what it ends with
   */
  public Mending mend(
      Row key, Optional<Row> source, InTransaction begin, Permission may, InTransaction more) {
    Connection connection = b.lookup();
    try {
      connection.setAutoCommit(false);
      try {
        begin.run(connection);
        List<byte[][]> found = b.lock(new Selection(plan, false, Optional.empty()), key(key));
        if (!may.given(connection)) {
          connection.rollback();
          return new Mending.Withheld();
        }
        byte[][] rowA = source.map(this::printed).orElse(null);
        byte[][] rowB = found.isEmpty() ? null : found.get(0);
        if (rowA == null ? rowB != null : rowB == null || !plan.same(rowA, rowB)) {
          Optional<String> sql = new MendingSql(plan, b.dialect()).of(rowA, rowB);
          if (sql.isPresent()) {
            b.execute(sql.get());
          }
        }
        more.run(connection);
        connection.commit();
        return new Mending.Done();
      } catch (SQLException e) {
        connection.rollback();
        if (isPassing(e)) {
          throw e;
        }
        return new Mending.Refused(e.getMessage());
      }
    } catch (SQLException e) {
      throw b.failed("mend row " + key(key) + " of " + plan.b().name(), e);
    }
  }

  /** A lost connection, a deadlock, a lock that was waited for too long: not the row's fault. */
  static boolean isPassing(SQLException e) {
    String state = e.getSQLState() == null ? "08" : e.getSQLState();
    return state.startsWith("08")
        || state.startsWith("40")
        || state.startsWith("55")
        || state.startsWith("57")
        || e.getErrorCode() == LOCK_WAIT;
  }

  /**
   * The rows that B has under the keys of these, by {@link #key}: the key as given, all else as B
   * prints it, in the places of A. Columns that B lacks are NULL.
   */
  public Map<Row, Row> rowsB(List<Row> rows) {
    Map<Row, Row> found = new LinkedHashMap<>();
    if (rows.isEmpty()) {
      return found;
    }
    Map<Row, Row> wanted = new LinkedHashMap<>();
    rows.forEach(row -> wanted.put(key(row), row));
    Map<Row, List<byte[][]>> there =
        b.fetch(new Selection(plan, false, Optional.empty()), new ArrayList<>(wanted.keySet()));
    wanted.forEach(
        (key, row) -> {
          List<byte[][]> same = there.getOrDefault(key, List.of());
          if (!same.isEmpty()) {
            found.put(key, inPlacesOfA(row, same.get(0)));
          }
        });
    return found;
  }

  private Row inPlacesOfA(Row key, byte[][] printedB) {
    byte[][] values = key.values().clone();
    for (int i = 0; i < places.length; i++) {
      if (!isKey(i)) {
        values[places[i]] = printedB[i];
      }
    }
    return new Row(values);
  }

  private boolean isKey(int column) {
    for (int k : plan.key()) {
      if (k == column) {
        return true;
      }
    }
    return false;
  }

  /** B's row that has the key of a row of A, for people; empty if it has none. */
  public Optional<Map<String, String>> shownB(Row row) {
    Row key = key(row);
    List<byte[][]> found =
        b.fetch(new Selection(plan, false, where), List.of(key)).getOrDefault(key, List.of());
    return found.stream().findFirst().map(values -> shown(plan.columnsB(), values));
  }

  /** A condition in B's SQL for the row that has the key of a row of A. */
  public String whereB(Row row) {
    return b.withKeys(new Selection(plan, false, Optional.empty()), List.of(key(row)));
  }

  /** A row of A, for people. */
  public Map<String, String> shownA(Row row) {
    return shown(plan.columnsA(), printed(row));
  }

  private static Map<String, String> shown(List<DiffColumn> columns, byte[][] values) {
    Map<String, String> shown = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      shown.put(columns.get(i).name(), Tally.shown(columns.get(i), values[i]));
    }
    return shown;
  }

  /** A row as A's server would print it to us: canonical but for BIT. */
  private byte[][] printed(Row row) {
    byte[][] values = new byte[places.length][];
    for (int i = 0; i < places.length; i++) {
      byte[] value = row.value(places[i]);
      boolean bits = value != null && plan.columnsA().get(i).kind() == Kind.BIT;
      values[i] =
          bits ? new BigInteger(1, value).toString().getBytes(StandardCharsets.US_ASCII) : value;
    }
    return values;
  }

  /** The key of a row of A, in the form that is the same on all servers. */
  public Row key(Row row) {
    return plan.keyOfA(printed(row));
  }

  /**
   * The key that stands so many rows after another in B's order, as a bound for {@link #keys};
   * empty if there are not so many.
   *
   * @param after empty for the first row
   */
  public Optional<Row> bound(Optional<Row> after, long rows) {
    return walk.bound(after, rows);
  }

  /** B's keys after one and up to another, in the form that is the same on all servers. */
  public List<Row> keys(Optional<Row> after, Optional<Row> upTo) {
    return walk.keys(after, upTo);
  }

  @Override
  public void close() {
    b.close();
  }
}
