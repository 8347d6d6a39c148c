package io.piplan.dts.verify;

import io.piplan.dts.Row;
import io.piplan.dts.value.Family;
import io.piplan.dts.value.Kind;
import io.piplan.dts.value.Meaning;
import io.piplan.meta.RowVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a pair of tables is compared: aligned columns, their meanings, and the places of the key.
 *
 * @param key places of the key columns among the columns; empty if rows have no usable key and are
 *     compared as a bag
 * @param byVersion whether keys and versions are all that is compared
 */
record PairPlan(
    TablePair pair,
    DiffTable a,
    DiffTable b,
    List<DiffColumn> columnsA,
    List<DiffColumn> columnsB,
    List<Meaning> meanings,
    int[] key,
    boolean byVersion) {

  /** What keeps the tables from being compared, or the plan. */
  record Outcome(Optional<PairPlan> plan, String problem) {}

  /**
   * The plan that looks at keys and one column only, where both tables have it.
   *
   * @param version the column
   */
  static Outcome ofVersions(
      TablePair pair, DiffTable a, DiffTable b, boolean zeroDateIsNull, String version) {
    if (a.column(version).isEmpty() || b.column(version).isEmpty()) {
      return of(pair, a, b, zeroDateIsNull);
    }
    Set<String> wanted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    wanted.addAll(keyNames(pair, a, b));
    wanted.add(version);
    DiffTable narrow =
        new DiffTable(
            a.schema(),
            a.name(),
            a.columns().stream().filter(column -> wanted.contains(column.name())).toList(),
            a.key(),
            a.estimatedRows());
    Outcome outcome = of(pair, narrow, b, zeroDateIsNull);
    return outcome.plan().isPresent() && outcome.plan().get().hasKey()
        ? new Outcome(outcome.plan().map(PairPlan::asByVersion), null)
        : of(pair, a, b, zeroDateIsNull);
  }

  private PairPlan asByVersion() {
    return new PairPlan(pair, a, b, columnsA, columnsB, meanings, key, true);
  }

  static Outcome of(TablePair pair, DiffTable a, DiffTable b, boolean zeroDateIsNull) {
    List<String> names = keyNames(pair, a, b);
    List<DiffColumn> columnsB = new ArrayList<>();
    List<Meaning> meanings = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (DiffColumn column : a.columns()) {
      Optional<DiffColumn> other = b.column(column.name());
      if (other.isPresent()) {
        columnsB.add(other.get());
        meanings.add(
            isVersion(column, other.get()) && !names.contains(column.name())
                ? Meaning.ofVersions()
                : new Meaning(column.kind(), other.get().kind(), zeroDateIsNull));
      } else {
        missing.add(column.name());
      }
    }
    if (!missing.isEmpty()) {
      return new Outcome(
          Optional.empty(), "B has no column " + String.join(", ", missing) + " in " + pair.b());
    }
    int[] key = new int[names.size()];
    for (int i = 0; i < key.length; i++) {
      key[i] = indexOf(a.columns(), names.get(i));
      if (key[i] < 0) {
        return new Outcome(Optional.empty(), "A has no key column " + names.get(i));
      }
    }
    for (int k : key) {
      if (!usable(a.columns().get(k).kind(), columnsB.get(k).kind())) {
        key = new int[0];
        break;
      }
    }
    return new Outcome(
        Optional.of(new PairPlan(pair, a, b, a.columns(), columnsB, meanings, key, false)), null);
  }

  private static boolean isVersion(DiffColumn a, DiffColumn b) {
    return a.name().equals(RowVersion.COLUMN)
        && a.kind() == Kind.INTEGER
        && b.kind() == Kind.INTEGER;
  }

  private static List<String> keyNames(TablePair pair, DiffTable a, DiffTable b) {
    if (!pair.key().isEmpty()) {
      return pair.key();
    }
    return a.key().isEmpty() ? b.key() : a.key();
  }

  /** Whether both servers can order by, and look up, values of these kinds alike. */
  private static boolean usable(Kind a, Kind b) {
    return switch (Family.of(a, b)) {
      case NUMBER -> a != Kind.BYTES && b != Kind.BYTES;
      case UUID -> (a == Kind.UUID || a == Kind.BYTES) && (b == Kind.UUID || b == Kind.BYTES);
      case TIME -> a == b;
      case BYTES -> a == b;
      case DOUBLE, DATETIME, TEXT, PADDED_TEXT -> true;
      case FLOAT, JSON, INET, GEOMETRY -> false;
    };
  }

  private static int indexOf(List<DiffColumn> columns, String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }

  boolean hasKey() {
    return key.length > 0;
  }

  /** Whether the table can be cut into ranges of its first key column. */
  boolean hasRanges() {
    return hasKey()
        && columnsA.get(key[0]).kind() == Kind.INTEGER
        && columnsB.get(key[0]).kind() == Kind.INTEGER;
  }

  DiffColumn keyColumnA(int place) {
    return columnsA.get(key[place]);
  }

  Row keyOfA(byte[][] row) {
    byte[][] values = new byte[key.length][];
    for (int i = 0; i < key.length; i++) {
      values[i] = meanings.get(key[i]).normalA(row[key[i]]);
    }
    return new Row(values);
  }

  Row keyOfB(byte[][] row) {
    byte[][] values = new byte[key.length][];
    for (int i = 0; i < key.length; i++) {
      values[i] = meanings.get(key[i]).normalB(row[key[i]]);
    }
    return new Row(values);
  }

  int compareKeys(Row x, Row y) {
    for (int i = 0; i < key.length; i++) {
      int order = meanings.get(key[i]).compare(x.value(i), y.value(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  boolean same(byte[][] a, byte[][] b) {
    for (int i = 0; i < a.length; i++) {
      if (!meanings.get(i).same(a[i], b[i])) {
        return false;
      }
    }
    return true;
  }
}
