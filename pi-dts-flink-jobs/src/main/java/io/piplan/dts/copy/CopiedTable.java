package io.piplan.dts.copy;

import io.piplan.dts.TableSchema;
import java.util.Objects;

/**
 * A table to copy.
 *
 * @param where a condition in the source's SQL that rows must meet, or empty for all rows
 */
public record CopiedTable(TableSchema schema, String where) {
  public CopiedTable {
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(where, "where");
  }
}
