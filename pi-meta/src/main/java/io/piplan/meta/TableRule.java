package io.piplan.meta;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * How one logical table is spread over sites.
 *
 * @param name the logical table
 * @param actualTables 0 if the table is stored under its own name, else how many actual tables
 *     {@code name_0}, {@code name_1}, … there are
 * @param zsKey null if no column decides the site
 */
public record TableRule(String name, int actualTables, ZsKey zsKey) implements Serializable {
  public TableRule {
    Objects.requireNonNull(name, "name");
  }

  /** The columns that decide a row's site, if any do. */
  public Optional<ZsKey> key() {
    return Optional.ofNullable(zsKey);
  }

  /** Whether the rule is for this actual table. Names compare without case. */
  public boolean isFor(String actual) {
    if (actualTables == 0) {
      return actual.equalsIgnoreCase(name);
    }
    String prefix = (name + "_").toLowerCase(Locale.ROOT);
    String lower = actual.toLowerCase(Locale.ROOT);
    if (!lower.startsWith(prefix)) {
      return false;
    }
    String suffix = lower.substring(prefix.length());
    return suffix.matches("0|[1-9][0-9]{0,8}") && Integer.parseInt(suffix) < actualTables;
  }
}
