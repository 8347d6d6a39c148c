package io.piplan.dts;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tables that gh-ost and pt-online-schema-change make beside a table to change it: the copy
 * that takes its place, gh-ost's log, and the old table.
 */
public final class GhostTables {
  private static final Pattern GH_OST = Pattern.compile("_(.+?)(?:_[0-9]{14})?_(?:gho|ghc|del)");

  /** As many underscores in front as it takes to find a free name. */
  private static final Pattern PERCONA = Pattern.compile("_(_*.+)_(?:new|old)");

  private GhostTables() {}

  /**
   * The table that a table is a ghost of, by their names.
   *
   * @param exists whether there is a table of a name
   */
  public static Optional<String> originOf(String table, Predicate<String> exists) {
    Matcher ghost = GH_OST.matcher(table);
    if (ghost.matches()) {
      return Optional.of(ghost.group(1)).filter(exists);
    }
    Matcher percona = PERCONA.matcher(table);
    if (!percona.matches()) {
      return Optional.empty();
    }
    String origin = percona.group(1);
    while (!exists.test(origin)) {
      if (!origin.startsWith("_")) {
        return Optional.empty();
      }
      origin = origin.substring(1);
    }
    return Optional.of(origin);
  }
}
