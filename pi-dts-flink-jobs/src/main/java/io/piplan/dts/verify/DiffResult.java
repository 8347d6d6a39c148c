package io.piplan.dts.verify;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What a diff found in one pair of tables, or in a part of it.
 *
 * @param equal rows that are the same
 * @param different rows with the same key and other values
 * @param moving rows that differed each time they were looked at, but had other values on both
 *     sides each time: a sync was writing them. They are not counted as differences
 * @param byVersion whether only keys and row versions were compared
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
    boolean byVersion,
    List<RowDifference> sample,
    String problem)
    implements Serializable {
  public DiffResult {
    sample = List.copyOf(sample);
  }

  static DiffResult empty(TablePair pair) {
    return new DiffResult(pair.a(), pair.b(), 0, 0, 0, 0, 0, 0, 0, false, List.of(), null);
  }

  static DiffResult problem(TablePair pair, String problem) {
    return new DiffResult(pair.a(), pair.b(), 0, 0, 0, 0, 0, 0, 0, false, List.of(), problem);
  }

  /** Both together; of the sample so many rows are kept. */
  public DiffResult plus(DiffResult more, int samples) {
    List<RowDifference> both = new ArrayList<>(sample);
    both.addAll(more.sample);
    return new DiffResult(
        tableA,
        tableB,
        rowsA + more.rowsA,
        rowsB + more.rowsB,
        equal + more.equal,
        onlyInA + more.onlyInA,
        onlyInB + more.onlyInB,
        different + more.different,
        moving + more.moving,
        byVersion || more.byVersion,
        both.subList(0, Math.min(both.size(), Math.max(samples, 0))),
        problem == null ? more.problem : problem);
  }

  /** The same, with so many rows of the sample at most. */
  DiffResult withSamples(int samples) {
    return plus(empty(TablePair.of(tableA, tableB)), samples);
  }

  /** Rows that differ; a problem counts as one. */
  public long differences() {
    return onlyInA + onlyInB + different + (problem == null ? 0 : 1);
  }
}
