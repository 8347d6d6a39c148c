package io.piplan.dts;

import java.io.Serializable;
import java.util.List;

/**
 * A foreign key of a child table. MySQL before 9.6 and MariaDB do not write to the binlog what a
 * cascading action changes in the child, so the applier has to repeat the action itself.
 */
public record ForeignKey(
    String name,
    List<String> columns,
    TableId parent,
    List<String> parentColumns,
    Action onDelete,
    Action onUpdate)
    implements Serializable {
  /** What happens to the child row. NO ACTION counts as RESTRICT, as InnoDB does it. */
  public enum Action {
    RESTRICT,
    CASCADE,
    SET_NULL
  }

  public ForeignKey {
    columns = List.copyOf(columns);
    parentColumns = List.copyOf(parentColumns);
  }

  public boolean cascades() {
    return onDelete != Action.RESTRICT || onUpdate != Action.RESTRICT;
  }
}
