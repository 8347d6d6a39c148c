package io.piplan.dts.apply;

import io.piplan.dts.TableSchema;
import java.io.Serializable;
import java.util.List;

/**
 * Where the rows of a source table go. Columns that the target computes itself are left out.
 *
 * @param targetSchema MySQL database or PostgreSQL schema, unquoted
 * @param columns the written columns, in the target's order
 * @param key the mapped columns that name a row, in key order; empty for an append-only table
 * @param otherUniqueKeys whether the target has a unique index besides the key: then no statement
 *     may be used that resolves a conflict on any unique index
 */
public record TableMapping(
    TableSchema source,
    String targetSchema,
    String targetTable,
    List<MappedColumn> columns,
    List<MappedColumn> key,
    boolean otherUniqueKeys)
    implements Serializable {
  public TableMapping {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
  }

  public boolean appendOnly() {
    return key.isEmpty();
  }
}
