package io.piplan.dts.schema;

import java.util.List;

/**
 * An index of a MySQL table, the primary key's included.
 *
 * @param kind BTREE, HASH, FULLTEXT, SPATIAL or RTREE, as the server says
 */
public record TableIndex(String name, boolean unique, String kind, List<Part> parts) {
  /**
   * One part of an index.
   *
   * @param column null if the part is an expression
   * @param expression the expression, or null
   * @param prefix characters or bytes of the column that count, 0 for all
   */
  public record Part(String column, String expression, int prefix, boolean descending) {
    boolean isWholeColumn() {
      return column != null && prefix == 0;
    }
  }

  public TableIndex {
    parts = List.copyOf(parts);
  }

  public boolean isPrimary() {
    return name.equals("PRIMARY");
  }

  /** Whether it is on whole columns only, so that it tells rows apart by their values. */
  public boolean isOnWholeColumns() {
    return parts.stream().allMatch(Part::isWholeColumn);
  }

  /** Its columns; parts that are expressions have none. */
  public List<String> columns() {
    return parts.stream().map(Part::column).filter(column -> column != null).toList();
  }
}
