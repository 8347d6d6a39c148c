package io.piplan.dts;

import java.io.Serializable;
import java.util.Map;

/**
 * The keys that a sync which does not follow changes goes by.
 *
 * @param tables of the tables that it knew when it was planned
 * @param actions whether it repeats what foreign keys do
 */
public record GuardedKeys(Map<TableId, TableKeys> tables, boolean actions) implements Serializable {
  public GuardedKeys {
    tables = Map.copyOf(tables);
  }
}
