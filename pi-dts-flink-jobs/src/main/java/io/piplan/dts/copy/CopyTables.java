package io.piplan.dts.copy;

import io.piplan.dts.TableId;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Which tables are to be copied, as the source has them now. Used by one thread at a time. */
public interface CopyTables extends Serializable {

  /**
   * All tables of the sync; asked again and again, so that new and other ones are found. Empty
   * while they are not known.
   */
  Optional<Map<TableId, TableSeen>> tables();

  /**
   * Whether a table is the sync's, and is only to be read again before it is among {@link #tables}.
   */
  default boolean isAwaited(TableId table) {
    return false;
  }

  /** How long an answer to that is good. */
  default Duration asking() {
    return Duration.ofSeconds(10);
  }

  /**
   * What a reader or planner needs to know of a table, as it is now.
   *
   * @throws io.piplan.dts.DtsException {@code SOURCE_MISSING_TABLE} if it is gone
   */
  CopiedTable table(TableId table);
}
