package io.piplan.dts;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * A source table as PiDTS sees it. Rows of the table carry one value for each of {@link
 * #columns()}, in that order (invisible and generated columns too).
 *
 * @param key the columns that name a row: the primary key, else a unique key without nullable
 *     columns, else the ones that the definition names; empty when the table is append only
 * @param uniqueKeys every unique index, the primary key among them
 * @param foreignKeys foreign keys of this table as a child
 */
public record TableSchema(
    TableId id,
    List<Column> columns,
    List<String> key,
    List<UniqueKey> uniqueKeys,
    List<ForeignKey> foreignKeys,
    String comment)
    implements Serializable {
  public TableSchema {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
    uniqueKeys = List.copyOf(uniqueKeys);
    foreignKeys = List.copyOf(foreignKeys);
    for (String column : key) {
      if (indexOf(columns, column) < 0) {
        throw new IllegalArgumentException("key column " + column + " is not in table " + id);
      }
    }
  }

  /** Position of a column, or -1. Names compare without case, as MySQL does. */
  public int indexOf(String column) {
    return indexOf(columns, column);
  }

  public Optional<Column> column(String name) {
    int index = indexOf(name);
    return index < 0 ? Optional.empty() : Optional.of(columns.get(index));
  }

  /** Positions of the key columns, in key order. */
  public int[] keyIndexes() {
    return key.stream().mapToInt(this::indexOf).toArray();
  }

  /** Unique keys other than {@link #key()}. */
  public List<UniqueKey> secondaryUniqueKeys() {
    return uniqueKeys.stream().filter(unique -> !unique.columns().equals(key)).toList();
  }

  private static int indexOf(List<Column> columns, String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }
}
