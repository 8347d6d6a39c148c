package io.piplan.dts.verify;

import java.util.List;
import java.util.Objects;

/**
 * Two tables that should hold the same rows.
 *
 * @param a name on side A
 * @param b name on side B
 * @param key the columns that name a row; empty: the primary key of A, else a unique key
 * @param where a condition in A's SQL that limits which of its rows count, or null for all
 */
public record TablePair(String a, String b, List<String> key, String where) {
  public TablePair {
    Objects.requireNonNull(a, "a");
    Objects.requireNonNull(b, "b");
    key = List.copyOf(key);
  }

  public static TablePair of(String a, String b) {
    return new TablePair(a, b, List.of(), null);
  }
}
