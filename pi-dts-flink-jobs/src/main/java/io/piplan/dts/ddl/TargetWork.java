package io.piplan.dts.ddl;

import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import java.util.List;

/**
 * All that one statement means for the target.
 *
 * @param changes in order; empty if the target stays as it is
 * @param mapped tables that must fit their target afterwards
 * @param note what was ignored, in words; empty if nothing
 */
record TargetWork(
    Lsn lsn,
    LoggedStatement statement,
    List<TargetChange> changes,
    List<TableVersion> mapped,
    String note) {
  TargetWork {
    changes = List.copyOf(changes);
    mapped = List.copyOf(mapped);
  }
}
