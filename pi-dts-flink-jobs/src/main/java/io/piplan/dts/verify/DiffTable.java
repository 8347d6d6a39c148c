package io.piplan.dts.verify;

import java.util.List;
import java.util.Optional;

/**
 * A table of one side.
 *
 * @param key primary key, else a unique key without nullable columns, else empty
 * @param estimatedRows the server's guess, 0 if it has none
 */
record DiffTable(
    String schema, String name, List<DiffColumn> columns, List<String> key, long estimatedRows) {
  DiffTable {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
  }

  Optional<DiffColumn> column(String column) {
    return columns.stream().filter(c -> c.name().equalsIgnoreCase(column)).findFirst();
  }
}
