package io.piplan.dts.verify;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
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

  /**
   * The column that a person has named.
   *
   * @throws DtsException {@code DEFINITION_UNKNOWN_OBJECT} if there is none
   */
  DiffColumn existing(String column) {
    return column(column)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.DEFINITION_UNKNOWN_OBJECT,
                    "table " + schema + "." + name + " has no column " + column,
                    "name one of " + columns.stream().map(DiffColumn::name).toList()));
  }

  Optional<DiffColumn> column(String column) {
    return columns.stream().filter(c -> c.name().equalsIgnoreCase(column)).findFirst();
  }
}
