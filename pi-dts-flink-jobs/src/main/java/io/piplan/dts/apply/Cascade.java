package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.util.List;

/**
 * What a change of a parent row does by a foreign key to its child rows: to those that the target
 * has, and to those that are still on their way there in a copy.
 *
 * @param lsn of the change that began it
 * @param columns of the child that refer to the parent, by index in the child's schema
 * @param from what they hold in the child rows concerned; other columns count for nothing
 * @param to what they are set to, or null where the child rows are deleted
 */
public record Cascade(Lsn lsn, TableId child, List<Integer> columns, Row from, Row to) {
  public Cascade {
    columns = List.copyOf(columns);
  }

  boolean deletes() {
    return to == null;
  }

  /** The child row after it. */
  Row apply(Row row) {
    byte[][] values = row.values().clone();
    for (int column : columns) {
      values[column] = to.value(column);
    }
    return new Row(values);
  }
}
