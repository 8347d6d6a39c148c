package io.piplan.dal.rules;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The shapes of logical tables, as their first actual table has them.
 *
 * @param unfit what is wrong with tables that no longer fit the rules
 */
public record Catalog(Map<String, TableShape> tables, Map<String, String> unfit) {
  public Catalog {
    tables = Map.copyOf(lower(tables));
    unfit = Map.copyOf(lower(unfit));
  }

  /** Of tables that fit. */
  public Catalog(Map<String, TableShape> tables) {
    this(tables, Map.of());
  }

  private static <T> Map<String, T> lower(Map<String, T> named) {
    Map<String, T> lower = new HashMap<>();
    named.forEach((name, one) -> lower.put(name.toLowerCase(Locale.ROOT), one));
    return lower;
  }

  public Optional<TableShape> table(String logical) {
    return Optional.ofNullable(tables.get(logical.toLowerCase(Locale.ROOT)));
  }

  /** What is wrong with a table; empty if it fits. */
  public Optional<String> problem(String logical) {
    return Optional.ofNullable(unfit.get(logical.toLowerCase(Locale.ROOT)));
  }
}
