package io.piplan.dts.hive;

import io.piplan.dts.Column;
import io.piplan.dts.ddl.ColumnEdit;
import io.piplan.dts.schema.TypeMapping;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of a table in Hive when the columns of its source change. Files are never changed,
 * and are read by the names of their columns: so what lies in log and state keeps its name and
 * place, and the view follows. Pure.
 */
final class ColumnEdits {
  private static final TypeMapping TYPES = TypeMapping.hive();
  private static final List<String> WHOLE = List.of("tinyint", "smallint", "int", "bigint");

  private final SyncedTable table;

  /** Where the columns of the source lay before. */
  private final Map<String, HiveColumn> before = new LinkedHashMap<>();

  ColumnEdits(SyncedTable table) {
    this.table = table;
    for (HiveColumn column : table.columns()) {
      table.history().sourceName(column.name()).ifPresent(name -> before.put(name, column));
    }
  }

  private static String type(Column column) {
    return TYPES.map(column).ddl();
  }

  private HiveColumn before(String sourceName) {
    return before.get(HiveNames.lower(sourceName));
  }

  // Whether it is possible.

  /**
   * Why the changes that one statement makes to a table, one after the other, can't be followed;
   * empty if they can. Those that were made before are possible.
   *
   * @param place of the statement, as text
   */
  static Optional<String> refusal(SyncedTable found, List<List<ColumnEdit>> changes, String place) {
    SyncedTable table = found;
    for (int number = 0; number < changes.size(); number++) {
      if (!found.history().has(TableHistory.mark(place, number))) {
        ColumnEdits edits = new ColumnEdits(table);
        Optional<String> refusal =
            changes.get(number).stream().flatMap(edit -> edits.refusal(edit).stream()).findFirst();
        if (refusal.isPresent()) {
          return refusal;
        }
        table = edits.apply(changes.get(number), place, number);
      }
    }
    return Optional.empty();
  }

  /** Why a change can't be followed; empty if it can. */
  Optional<String> refusal(ColumnEdit edit) {
    if (edit instanceof ColumnEdit.Add add) {
      return refusal(add);
    }
    if (edit instanceof ColumnEdit.Drop drop) {
      return gone(drop.name(), "is not dropped there");
    }
    if (edit instanceof ColumnEdit.Rename rename) {
      Optional<String> gone = gone(rename.name(), "does not get another name there");
      return gone.isPresent() ? gone : name(rename.to());
    }
    return refusal((ColumnEdit.Retype) edit);
  }

  private Optional<String> refusal(ColumnEdit.Add add) {
    String name = add.column().name();
    Optional<String> refused = name(name);
    if (table.layout() != Layout.CHANGELOG && before(name) != null) {
      return Optional.of("there is a column " + name + " already, of rows that were to stay");
    }
    if (refused.isPresent() || add.value() == null || isPlain(add.column())) {
      return refused;
    }
    return Optional.of(
        "rows that are there get '"
            + add.value()
            + "' in the new column "
            + name
            + ", which Hive can't tell for "
            + add.column().columnType());
  }

  private Optional<String> name(String name) {
    String lower = HiveNames.lower(name);
    boolean possible =
        HiveNames.isColumn(name)
            && !LogColumns.isReserved(lower)
            && !table.partitionNames().contains(lower);
    return possible
        ? Optional.empty()
        : Optional.of("Hive or the log has no room for a column named " + name);
  }

  /** Whether a literal of the source is the same value when Hive casts it. */
  private static boolean isPlain(Column column) {
    return switch (column.type()) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR, FLOAT, DOUBLE -> true;
      case CHAR, VARCHAR, TEXT, ENUM, SET, DATE, DATETIME -> true;
      case DECIMAL -> !type(column).equals("string");
      case BIT, TIME, TIMESTAMP, BINARY, VARBINARY, BLOB, JSON, UUID, INET, GEOMETRY -> false;
    };
  }

  private Optional<String> gone(String name, String what) {
    HiveColumn column = before(name);
    if (column == null) {
      // What is not there has been done, or was never to be followed.
      return Optional.empty();
    }
    if (table.layout() == Layout.MERGE) {
      return Optional.of("column " + name + " " + what + ": " + onlyAdded());
    }
    return table.isPlacedBy(column.name())
        ? Optional.of("column " + name + " " + what + ": it is of the key or of 'hive.partition'")
        // One of a foreign key is told of by its name in the log; it goes after the key.
        : Optional.empty();
  }

  private static String onlyAdded() {
    return "with 'hive.layout' = 'merge' columns are only added";
  }

  private Optional<String> refusal(ColumnEdit.Retype retype) {
    HiveColumn column = before(retype.name());
    String to = type(retype.column());
    if (column == null || column.type().equals(to)) {
      return Optional.empty();
    }
    String what =
        "column "
            + retype.name()
            + " does not get another type there ("
            + column.type()
            + " to "
            + to
            + ")";
    if (table.layout() == Layout.MERGE) {
      return Optional.of(what + ": " + onlyAdded());
    }
    HiveColumn after = new HiveColumn(column.name(), to);
    if (table.layout() == Layout.PAIMON && table.isPlacedBy(column.name())) {
      return Optional.of(what + ": it is of the key or of 'hive.partition', which Paimon keeps");
    }
    boolean whole = WHOLE.contains(column.family()) && WHOLE.contains(after.family());
    if ((table.isPlacedBy(column.name()) || table.endsBy(column.name())) && !whole) {
      return Optional.of(
          what
              + ": it is of the key, of 'hive.partition' or of a foreign key that acts, which whole"
              + " numbers only are made wider of");
    }
    return holdsAll(column, after)
        ? Optional.empty()
        : Optional.of(what + ", as files that are there could not be read by it");
  }

  /** Whether Hive reads every value of files of one type by another type as it is. */
  private static boolean holdsAll(HiveColumn from, HiveColumn to) {
    int wider = WHOLE.indexOf(to.family());
    if (WHOLE.contains(from.family())) {
      return wider > WHOLE.indexOf(from.family());
    }
    return switch (from.family()) {
      case "decimal" ->
          to.family().equals("decimal")
              && to.scale() >= from.scale()
              && to.precision() - to.scale() >= from.precision() - from.scale();
      case "float" -> to.family().equals("double");
      default -> false;
    };
  }

  // What comes of it.

  /**
   * The table afterwards.
   *
   * @param place of the statement, as text
   * @param number see {@link TableHistory#mark}
   */
  SyncedTable apply(List<ColumnEdit> edits, String place, int number) {
    TableHistory history = named(edits);
    Map<String, String> types = new HashMap<>();
    for (ColumnEdit edit : edits) {
      if (edit instanceof ColumnEdit.Retype retype && before(retype.name()) != null) {
        types.put(before(retype.name()).name(), type(retype.column()));
      }
    }
    List<HiveColumn> columns = new ArrayList<>();
    for (HiveColumn column : table.columns()) {
      String type = types.getOrDefault(column.name(), column.type());
      columns.add(new HiveColumn(column.name(), type));
      if (column.family().equals("float") && type.equals("double")) {
        // The source had no more of it than fits a float, and shows that from now on.
        history = history.withValue(column.name(), v -> Double.toString(Float.parseFloat(v)));
      }
    }
    for (ColumnEdit edit : edits) {
      if (edit instanceof ColumnEdit.Add add) {
        history = add(add, columns, history, place);
      }
    }
    return table.with(columns, history.withChanged(TableHistory.mark(place, number)));
  }

  /** With columns that are gone or called otherwise. */
  private TableHistory named(List<ColumnEdit> edits) {
    TableHistory history = table.history();
    Set<String> moved = new HashSet<>();
    Set<String> taken = new HashSet<>();
    for (ColumnEdit edit : edits) {
      if (edit instanceof ColumnEdit.Drop drop && before(drop.name()) != null) {
        history = history.withName(before(drop.name()).name(), "");
        moved.add(before(drop.name()).name());
      } else if (edit instanceof ColumnEdit.Rename rename && before(rename.name()) != null) {
        history = history.withName(before(rename.name()).name(), HiveNames.lower(rename.to()));
        moved.add(before(rename.name()).name());
        taken.add(HiveNames.lower(rename.to()));
      }
    }
    for (String name : taken) {
      HiveColumn kept = before.get(name);
      if (kept != null && !moved.contains(kept.name())) {
        // The source dropped it, and it was to stay: now there is another one of that name.
        history = history.withName(kept.name(), "");
      }
    }
    return history;
  }

  private TableHistory add(
      ColumnEdit.Add add, List<HiveColumn> columns, TableHistory history, String place) {
    String name = HiveNames.lower(add.column().name());
    Set<String> taken = new HashSet<>(table.partitionNames());
    TableHistory named = history;
    for (HiveColumn column : columns) {
      taken.add(column.name());
      if (named.sourceName(column.name()).equals(Optional.of(name))) {
        // The source dropped it, and it was to stay: now there is another one of that name.
        named = named.withName(column.name(), "");
      }
    }
    String stored = name;
    for (int i = 2; taken.contains(stored); i++) {
      stored = name + "__" + i;
    }
    columns.add(new HiveColumn(stored, type(add.column())));
    named = named.withName(stored, name);
    return add.value() == null
        ? named
        : named.withAdded(List.of(new AddedColumn(stored, place, add.value())));
  }
}
