package io.piplan.dts.apply;

import io.piplan.dts.Lanes;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;

/** By which lanes the rows of a table go. */
@FunctionalInterface
public interface RowLanes {

  /**
   * The lane of a row.
   *
   * @param row one that needs to have its key only
   */
  int lane(Row row);

  /**
   * Those of a table.
   *
   * @param group as in {@link io.piplan.dts.LaneGroups}
   */
  static RowLanes of(TableSchema schema, String group) {
    return row ->
        group == null ? Lanes.ofKey(schema, schema.keyIndexes(), row) : Lanes.ofGroup(group);
  }
}
