package io.piplan.dts.verify;

/**
 * How far a diff is.
 *
 * @param table the table a part of which was looked at last
 * @param rows rows of side A that are compared, of all tables
 * @param estimatedRows rows that there are, as the server guesses them; never below {@code rows}
 * @param differences rows found to differ so far
 */
public record DiffStatus(String table, long rows, long estimatedRows, long differences) {
  /** 0 to 100. */
  public double percent() {
    return estimatedRows == 0 ? 0 : 100.0 * rows / estimatedRows;
  }
}
