package io.piplan.dal.rules;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A real table's columns and unique indexes.
 *
 * @param uniqueKeys the columns of each unique index, lower case
 * @param cascades foreign keys of other rows that act when one of its rows is deleted, readable
 */
public record TableShape(
    List<ColumnShape> columns, List<Set<String>> uniqueKeys, List<String> cascades) {
  public TableShape {
    columns = List.copyOf(columns);
    uniqueKeys = List.copyOf(uniqueKeys);
    cascades = List.copyOf(cascades);
  }

  /** A table to which no foreign key refers that acts. */
  public TableShape(List<ColumnShape> columns, List<Set<String>> uniqueKeys) {
    this(columns, uniqueKeys, List.of());
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
