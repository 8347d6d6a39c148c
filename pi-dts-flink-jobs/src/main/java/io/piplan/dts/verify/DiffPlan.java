package io.piplan.dts.verify;

import java.util.List;

/** What a diff has to do: parts that can be compared in any order, by anybody. */
public record DiffPlan(List<Table> tables, List<DiffPart> parts) {
  public DiffPlan {
    tables = List.copyOf(tables);
    parts = List.copyOf(parts);
  }

  /**
   * A pair of tables.
   *
   * @param estimatedRows of A, as the server guesses them
   * @param problem why they cannot be compared, or null
   */
  public record Table(TablePair pair, long estimatedRows, String problem) {
    /** The result before anything is compared. */
    public DiffResult begin() {
      return problem == null ? DiffResult.empty(pair) : DiffResult.problem(pair, problem);
    }
  }

  public long estimatedRows() {
    return tables.stream().mapToLong(Table::estimatedRows).sum();
  }
}
