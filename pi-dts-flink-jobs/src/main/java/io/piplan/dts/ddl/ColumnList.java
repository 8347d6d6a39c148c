package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The columns of a table while an ALTER TABLE works on them, in the order in which the servers do
 * it: what is dropped, renamed and changed goes by the names from before, what comes AFTER
 * something by the names from afterwards, whatever the order in the statement.
 */
final class ColumnList {
  private final TableId id;
  private final List<Column> columns = new ArrayList<>();
  private final Map<String, String> generated = new HashMap<>();
  private final Map<String, String> onUpdate = new HashMap<>();

  /** New names by old ones, in lower case; null for a column that is gone. */
  private final Map<String, String> renamed = new HashMap<>();

  private ColumnList(TableId id) {
    this.id = id;
  }

  static ColumnList created(TableId id, List<Alteration> parts, ColumnMaker maker) {
    ColumnList list = new ColumnList(id);
    for (Alteration part : parts) {
      if (part instanceof Alteration.AddColumn add) {
        list.insert(add.column(), maker.column(add.column()), add.place());
      }
    }
    return list;
  }

  static ColumnList altered(
      TableDefinition table, List<Alteration> alterations, ColumnMaker maker) {
    ColumnList list = new ColumnList(table.schema().id());
    list.alter(table, alterations, maker);
    return list;
  }

  List<Column> columns() {
    return columns;
  }

  Map<String, String> generated() {
    return generated;
  }

  Map<String, String> onUpdate() {
    return onUpdate;
  }

  /** What a column is called now that had this name before; null if it is gone. */
  String nameNow(String before) {
    return renamed.getOrDefault(lower(before), before);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private void alter(TableDefinition table, List<Alteration> alterations, ColumnMaker maker) {
    Map<String, List<Alteration>> byColumn = new HashMap<>();
    for (Alteration alteration : alterations) {
      String column = column(alteration);
      if (column != null && exists(table, column, alteration)) {
        byColumn.computeIfAbsent(lower(column), c -> new ArrayList<>()).add(alteration);
      }
    }
    for (Column column : table.schema().columns()) {
      keep(table, column, byColumn.getOrDefault(lower(column.name()), List.of()), maker);
    }
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.AddColumn add) {
        boolean there = table.schema().indexOf(add.column().name()) >= 0;
        if (!(there && add.ifNotExists())) {
          insert(add.column(), maker.column(add.column()), add.place());
        }
      } else if (alteration instanceof Alteration.ChangeColumn change
          && !change.place().equals(Alteration.Place.SAME)
          && table.schema().indexOf(change.column()) >= 0) {
        insert(change.spec(), maker.column(change.spec()), change.place());
      }
    }
  }

  /** The column that is there already which an alteration is about, or null. */
  private static String column(Alteration alteration) {
    if (alteration instanceof Alteration.DropColumn drop) {
      return drop.column();
    }
    if (alteration instanceof Alteration.ChangeColumn change) {
      return change.column();
    }
    if (alteration instanceof Alteration.RenameColumn rename) {
      return rename.column();
    }
    if (alteration instanceof Alteration.SetDefault set) {
      return set.column();
    }
    return alteration instanceof Alteration.SetInvisible set ? set.column() : null;
  }

  private static boolean exists(TableDefinition table, String column, Alteration alteration) {
    if (table.schema().indexOf(column) >= 0) {
      return true;
    }
    boolean mayLack =
        (alteration instanceof Alteration.DropColumn drop && drop.ifExists())
            || (alteration instanceof Alteration.ChangeColumn change && change.ifExists())
            || (alteration instanceof Alteration.RenameColumn rename && rename.ifExists());
    if (!mayLack) {
      throw new DdlException(
          "table " + table.schema().id() + " is not known to have a column " + column);
    }
    return false;
  }

  private void keep(
      TableDefinition table, Column column, List<Alteration> alterations, ColumnMaker maker) {
    Column kept = column;
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.DropColumn) {
        renamed.put(lower(column.name()), null);
        return;
      }
      if (alteration instanceof Alteration.ChangeColumn change) {
        renamed.put(lower(column.name()), change.spec().name());
        if (change.place().equals(Alteration.Place.SAME)) {
          insert(change.spec(), maker.column(change.spec()), change.place());
        }
        return;
      }
      if (alteration instanceof Alteration.RenameColumn rename) {
        renamed.put(lower(column.name()), rename.to());
        kept = new ColumnCopy(kept).name(rename.to()).column();
      } else if (alteration instanceof Alteration.SetDefault set) {
        kept = new ColumnCopy(kept).defaultExpression(set.value()).column();
      } else if (alteration instanceof Alteration.SetInvisible set) {
        kept = new ColumnCopy(kept).invisible(set.invisible()).column();
      }
    }
    require(kept.name());
    columns.add(kept);
    String expression = table.generated().get(column.name());
    if (expression != null) {
      generated.put(kept.name(), expression);
    }
    String update = table.onUpdate().get(column.name());
    if (update != null) {
      onUpdate.put(kept.name(), update);
    }
  }

  private void insert(ColumnSpec spec, Column column, Alteration.Place place) {
    require(column.name());
    int at = columns.size();
    if (place.first()) {
      at = 0;
    } else if (place.after() != null) {
      at = index(place.after()) + 1;
      if (at == 0) {
        throw new DdlException("table " + id + " is not known to have a column " + place.after());
      }
    }
    columns.add(at, column);
    if (spec.generated() != null) {
      generated.put(column.name(), spec.generated());
    }
    if (spec.onUpdate() != null) {
      onUpdate.put(column.name(), spec.onUpdate());
    }
  }

  private void require(String free) {
    if (index(free) >= 0) {
      throw new DdlException("table " + id + " is known to have a column " + free + " already");
    }
  }

  int index(String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }
}
