package io.piplan.dal.rules;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A real table's columns and unique indexes.
 *
 * @param uniqueKeys the columns of each unique index, lower case
 */
public record TableShape(List<ColumnShape> columns, List<Set<String>> uniqueKeys) {
  public TableShape {
    columns = List.copyOf(columns);
    uniqueKeys = List.copyOf(uniqueKeys);
  }

  /** Names of columns compare without case. */
  public Optional<ColumnShape> column(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return columns.stream()
        .filter(column -> column.name().toLowerCase(Locale.ROOT).equals(lower))
        .findFirst();
  }

  public Optional<ColumnShape> autoIncrement() {
    return columns.stream().filter(ColumnShape::autoIncrement).findFirst();
  }
}
