package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.Verdict.Action;
import java.io.Serializable;

/** Decides whether a change goes on to the target at all, and whether to be applied there. */
public interface ChangeFilter extends Serializable {
  ChangeFilter ALL = (schema, change) -> Action.SEND;

  /**
   * What becomes of a whole change, as the source has made it. A conflict goes on whole, so that
   * the target judges, and records, it whole: each half of it alone might be allowed.
   *
   * @param schema the table's, by which the images are read
   */
  Action judge(TableSchema schema, ChangeEvent change);

  /** Before the first change; what it counts can be registered here. */
  default void open(PiMetrics metrics) {}
}
