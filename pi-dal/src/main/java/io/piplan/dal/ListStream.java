package io.piplan.dal;

import java.util.Iterator;
import java.util.List;

/** Rows that are there already. */
public final class ListStream implements RowStream {
  private final List<Column> columns;
  private final Iterator<Row> rows;

  public ListStream(List<Column> columns, List<Row> rows) {
    this.columns = List.copyOf(columns);
    this.rows = rows.iterator();
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public Row next() {
    return rows.hasNext() ? rows.next() : null;
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
