package io.piplan.dts.ddl;

import io.piplan.dts.schema.TableIndex;
import java.util.ArrayList;
import java.util.List;

/** The indexes of a table while a statement works on them. */
final class IndexList {
  private final ColumnList columns;
  private final List<TableIndex> indexes = new ArrayList<>();

  IndexList(ColumnList columns) {
    this.columns = columns;
  }

  List<TableIndex> indexes() {
    return indexes;
  }

  /** Takes over those from before, without dropped columns and by the new names of others. */
  void keep(List<TableIndex> before) {
    for (TableIndex index : before) {
      List<TableIndex.Part> parts = new ArrayList<>();
      for (TableIndex.Part part : index.parts()) {
        String now = part.column() == null ? null : columns.nameNow(part.column());
        if (part.column() == null || now != null) {
          parts.add(new TableIndex.Part(now, part.expression(), part.prefix(), part.descending()));
        }
      }
      if (!parts.isEmpty()) {
        indexes.add(new TableIndex(index.name(), index.unique(), index.kind(), parts));
      }
    }
  }

  void drop(String name) {
    indexes.removeIf(index -> index.name().equalsIgnoreCase(name));
  }

  void dropUnique(String name) {
    indexes.removeIf(index -> index.unique() && index.name().equalsIgnoreCase(name));
  }

  void rename(String from, String to) {
    indexes.replaceAll(
        index ->
            index.name().equalsIgnoreCase(from)
                ? new TableIndex(to, index.unique(), index.kind(), index.parts())
                : index);
  }

  /** The keys that stand in the definition of a column itself. */
  void addOf(ColumnSpec column) {
    List<TableIndex.Part> part = List.of(new TableIndex.Part(column.name(), null, 0, false));
    if (column.primary()) {
      add(
          new Alteration.AddIndex(
              new IndexSpec("PRIMARY", IndexSpec.Kind.PRIMARY, part), false, false));
    }
    if (column.unique()) {
      add(new Alteration.AddIndex(new IndexSpec(null, IndexSpec.Kind.UNIQUE, part), false, false));
    }
  }

  void add(Alteration.AddIndex add) {
    String name = add.index().name() == null ? freeName(add.index()) : add.index().name();
    if (has(name)) {
      if (add.ifNotExists()) {
        return;
      }
      if (!add.orReplace()) {
        throw new DdlException("there is an index " + name + " already, as far as is known");
      }
      drop(name);
    }
    List<TableIndex.Part> parts = new ArrayList<>();
    for (TableIndex.Part part : add.index().parts()) {
      parts.add(
          part.column() == null
              ? part
              : new TableIndex.Part(shown(part.column()), null, part.prefix(), part.descending()));
    }
    indexes.add(new IndexSpec(name, add.index().kind(), parts).named(name));
  }

  private String shown(String column) {
    int at = columns.index(column);
    if (at < 0) {
      throw new DdlException("an index is on column " + column + ", which is not known");
    }
    return columns.columns().get(at).name();
  }

  private boolean has(String name) {
    return indexes.stream().anyMatch(index -> index.name().equalsIgnoreCase(name));
  }

  /** The name that the server gives: that of the first column, with a number if it is taken. */
  private String freeName(IndexSpec index) {
    String column = index.parts().get(0).column();
    String first = column == null ? "functional_index" : column;
    String name = first;
    for (int number = 2; has(name) || name.equalsIgnoreCase("PRIMARY"); number++) {
      name = first + "_" + number;
    }
    return name;
  }

  boolean isPrimary(String column) {
    return indexes.stream()
        .filter(TableIndex::isPrimary)
        .anyMatch(index -> index.columns().stream().anyMatch(column::equalsIgnoreCase));
  }
}
