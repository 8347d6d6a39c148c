package io.piplan.dts.copy;

import io.piplan.dts.TableId;
import java.io.Serializable;
import java.util.Set;

/** Which tables are to be copied, as the source has them now. Used by one thread at a time. */
public interface CopyTables extends Serializable {

  /** All tables of the sync; asked again and again, so that new ones are found. */
  Set<TableId> list();

  /**
   * What a reader or planner needs to know of a table, as it is now.
   *
   * @throws io.piplan.dts.DtsException {@code SOURCE_MISSING_TABLE} if it is gone
   */
  CopiedTable table(TableId table);
}
