package io.piplan.dts.apply;

import io.piplan.dts.TableId;
import java.io.Serializable;
import java.util.List;

/**
 * Finds where a source table's rows go; creates the target table if it is missing and the
 * definition allows that. Called by a writer at its first sight of a table.
 */
public interface MappingProvider extends Serializable {
  TableMapping mapping(TableId table);

  /**
   * The tables that have to be mapped before the first change of any: what foreign keys of the
   * source do to a table's rows comes with changes of others only.
   */
  default List<TableId> tied() {
    return List.of();
  }
}
