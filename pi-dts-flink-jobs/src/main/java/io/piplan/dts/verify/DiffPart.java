package io.piplan.dts.verify;

import java.util.Objects;

/**
 * A part of a diff: a pair of tables, or a range of their first key column.
 *
 * @param table the place of the pair in the {@link DiffPlan}
 * @param range null for all rows
 */
public record DiffPart(int number, int table, TablePair pair, KeyRange range) {
  public DiffPart {
    Objects.requireNonNull(pair, "pair");
  }

  @Override
  public String toString() {
    return pair.a() + (range == null ? "" : " " + range);
  }
}
