package io.piplan.dts.copy;

import io.piplan.dts.TableSchema;
import java.util.Objects;

/**
 * A table to copy.
 *
 * @param rows which of its rows
 * @param estimatedRows how many rows it has, as far as the server can tell without counting
 * @param bytesPerRow average size of a row, 0 if not known
 */
public record CopiedTable(TableSchema schema, RowTest rows, long estimatedRows, long bytesPerRow) {
  public CopiedTable {
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(rows, "rows");
  }

  public static CopiedTable of(TableSchema schema) {
    return new CopiedTable(schema, RowTest.ALL, 0, 0);
  }
}
