package io.piplan.dts.apply;

import io.piplan.dts.Lanes;
import io.piplan.dts.Row;
import java.nio.charset.StandardCharsets;

/**
 * A row's key such that spellings which a collation may hold equal are equal. Two keys that only
 * seem equal cost a statement more, never the order.
 */
record RowKey(String folded) {
  static RowKey of(TableMapping mapping, Row row) {
    if (mapping.key().size() == 1) {
      return new RowKey(fold(mapping.key().get(0), row));
    }
    StringBuilder folded = new StringBuilder();
    for (MappedColumn column : mapping.key()) {
      String part = fold(column, row);
      folded.append(part.length()).append(':').append(part);
    }
    return new RowKey(folded.toString());
  }

  private static String fold(MappedColumn column, Row row) {
    byte[] value = row.value(column.sourceIndex());
    if (value == null) {
      return "";
    }
    return column.source().type().isCollated()
        ? Lanes.fold(column.source(), value)
        : new String(value, StandardCharsets.ISO_8859_1);
  }
}
