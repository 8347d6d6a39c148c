package io.piplan.dts;

import java.io.Serializable;

/** Knows the source's tables as they are now. Implementations may be called by one thread only. */
public interface SchemaProvider extends Serializable {

  /**
   * The schema of a table, perhaps remembered from an earlier call.
   *
   * @throws DtsException {@code SOURCE_MISSING_TABLE} if there is no such table
   */
  TableSchema schema(TableId table);

  /**
   * The schema of a table as it is at a place of the stream, as far as that is known; else as it is
   * now.
   */
  default TableSchema schema(TableId table, Lsn at) {
    return schema(table);
  }
}
