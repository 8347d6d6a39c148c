package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.TableSchema;
import java.io.Serializable;

/** Decides whether a change goes on to the target at all. */
public interface ChangeFilter extends Serializable {
  ChangeFilter ALL = (schema, change) -> true;

  /**
   * @param schema the table's, by which the images are read
   */
  boolean passes(TableSchema schema, ChangeEvent change);

  /** Before the first change; what it counts can be registered here. */
  default void open(PiMetrics metrics) {}
}
