package io.piplan.dts.resync;

import io.piplan.dts.TableId;
import java.io.Serializable;

/** What a source's tables are called on the target. */
public interface TargetNames extends Serializable {
  TableId target(TableId table);
}
