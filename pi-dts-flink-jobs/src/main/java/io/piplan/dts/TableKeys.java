package io.piplan.dts;

import java.io.Serializable;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keys that a table had when a sync was planned, as far as the sync goes by them. Names are in
 * lower case, since servers don't tell upper from lower case in them.
 *
 * @param primary whether it has a primary key
 * @param naming the unique index that names its rows in place of a primary key; empty if none does
 * @param indexes all its indexes
 * @param foreignKeys all its foreign keys
 * @param acting those of them that change or delete rows
 */
public record TableKeys(
    boolean primary,
    String naming,
    Set<String> indexes,
    Set<String> foreignKeys,
    Set<String> acting)
    implements Serializable {
  public TableKeys {
    naming = lower(naming);
    indexes = lower(indexes);
    foreignKeys = lower(foreignKeys);
    acting = lower(acting);
  }

  /** Names as this record has them. */
  public static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static Set<String> lower(Collection<String> names) {
    return names.stream().map(TableKeys::lower).collect(Collectors.toUnmodifiableSet());
  }
}
