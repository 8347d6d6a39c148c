package io.piplan.dts.verify;

import io.piplan.dts.TableCondition;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Two tables that should hold the same rows.
 *
 * @param a name on side A
 * @param b name on side B
 * @param key the columns that name a row; empty: the primary key of A, else a unique key
 * @param where which rows of A should be on B at all
 */
public record TablePair(String a, String b, List<String> key, Optional<TableCondition> where) {
  public TablePair {
    Objects.requireNonNull(a, "a");
    Objects.requireNonNull(b, "b");
    Objects.requireNonNull(where, "where");
    key = List.copyOf(key);
  }

  public static TablePair of(String a, String b) {
    return new TablePair(a, b, List.of(), Optional.empty());
  }
}
