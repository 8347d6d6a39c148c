package io.piplan.dal.rules;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The shapes of logical tables, as their first actual table has them. */
public record Catalog(Map<String, TableShape> tables) {
  public Catalog {
    Map<String, TableShape> lower = new HashMap<>();
    tables.forEach((name, shape) -> lower.put(name.toLowerCase(Locale.ROOT), shape));
    tables = Map.copyOf(lower);
  }

  public Optional<TableShape> table(String logical) {
    return Optional.ofNullable(tables.get(logical.toLowerCase(Locale.ROOT)));
  }
}
