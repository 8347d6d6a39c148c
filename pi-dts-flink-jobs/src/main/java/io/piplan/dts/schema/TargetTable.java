package io.piplan.dts.schema;

import io.piplan.dts.TableId;
import java.util.List;

/**
 * A table as it is on the target.
 *
 * @param uniqueIndexes columns of every unique index that is on whole columns and always holds, the
 *     primary key's first
 * @param otherUniqueIndexes how many unique indexes there are that are not so: on prefixes,
 *     expressions, or part of the rows
 */
record TargetTable(
    TableId id,
    List<TargetColumn> columns,
    List<List<String>> uniqueIndexes,
    int otherUniqueIndexes) {
  TargetTable {
    columns = List.copyOf(columns);
    uniqueIndexes = List.copyOf(uniqueIndexes);
  }

  /** The column a source column goes to: of that very name, else the one that differs in case. */
  TargetColumn column(String name) {
    TargetColumn folded = null;
    for (TargetColumn column : columns) {
      if (column.name().equals(name)) {
        return column;
      }
      if (column.name().equalsIgnoreCase(name)) {
        folded = column;
      }
    }
    return folded;
  }
}
