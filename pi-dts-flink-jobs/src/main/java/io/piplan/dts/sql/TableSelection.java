package io.piplan.dts.sql;

import java.io.Serializable;
import java.util.List;

/**
 * Which tables of a database a sync takes: those included (all if none are named), without those
 * excluded.
 */
public record TableSelection(List<TablePattern> including, List<TablePattern> excluding)
    implements Serializable {
  public TableSelection {
    including = List.copyOf(including);
    excluding = List.copyOf(excluding);
  }

  public boolean selects(String table) {
    return (including.isEmpty() || including.stream().anyMatch(p -> p.matches(table)))
        && excluding.stream().noneMatch(p -> p.matches(table));
  }

  /** Tables that are included by their name, and so must exist. */
  public List<String> named() {
    return including.stream().filter(p -> !p.isPattern()).map(TablePattern::text).toList();
  }
}
