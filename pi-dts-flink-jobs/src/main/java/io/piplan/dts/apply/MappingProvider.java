package io.piplan.dts.apply;

import io.piplan.dts.TableId;
import java.io.Serializable;

/**
 * Finds where a source table's rows go; creates the target table if it is missing and the
 * definition allows that. Called by a writer at its first sight of a table.
 */
public interface MappingProvider extends Serializable {
  TableMapping mapping(TableId table);
}
