package io.piplan.dts.verify;

import java.util.List;

/**
 * What a diff found in one pair of tables.
 *
 * @param equal rows that are the same
 * @param different rows with the same key and other values
 * @param moving rows that differed each time they were looked at, but had other values on both
 *     sides each time: a sync was writing them. They are not counted as differences
 * @param problem why rows could not be compared at all or not completely, or null
 */
public record DiffResult(
    String tableA,
    String tableB,
    long rowsA,
    long rowsB,
    long equal,
    long onlyInA,
    long onlyInB,
    long different,
    long moving,
    List<RowDifference> sample,
    String problem) {
  public DiffResult {
    sample = List.copyOf(sample);
  }

  static DiffResult problem(TablePair pair, String problem) {
    return new DiffResult(pair.a(), pair.b(), 0, 0, 0, 0, 0, 0, 0, List.of(), problem);
  }

  /** Rows that differ; a problem counts as one. */
  public long differences() {
    return onlyInA + onlyInB + different + (problem == null ? 0 : 1);
  }
}
