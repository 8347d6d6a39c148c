package io.piplan.dal.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A real table's columns and unique indexes.
 *
 * @param columns those that apps know
 * @param uniqueKeys the columns of each unique index, lower case
 * @param rowKeys those of them that name every row: no column of theirs may be NULL
 * @param cascades foreign keys of other rows that act when one of its rows is deleted, readable
 * @param version the column of row versions, which is none of {@code columns}; null if the table
 *     has none, or no zones are configured
 */
public record TableShape(
    List<ColumnShape> columns,
    List<Set<String>> uniqueKeys,
    List<Set<String>> rowKeys,
    List<String> cascades,
    ColumnShape version) {
  public TableShape {
    columns = List.copyOf(columns);
    uniqueKeys = List.copyOf(uniqueKeys);
    rowKeys = List.copyOf(rowKeys);
    cascades = List.copyOf(cascades);
  }

  /** A table without row versions, to which no foreign key refers that acts, and without NULLs. */
  public TableShape(List<ColumnShape> columns, List<Set<String>> uniqueKeys) {
    this(columns, uniqueKeys, uniqueKeys, List.of(), null);
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

  /** What an INSERT without a list of columns means. */
  public List<String> inserted() {
    return columns.stream().filter(c -> !c.invisible()).map(ColumnShape::name).toList();
  }

  /** What a row is made of, its version too: what is needed to write it elsewhere. */
  public List<ColumnShape> stored() {
    List<ColumnShape> stored =
        new ArrayList<>(columns.stream().filter(column -> !column.generated()).toList());
    if (version != null) {
      stored.add(version);
    }
    return stored;
  }
}
