package io.piplan.dts.sql;

/** The tables that our catalogs show beside each table, under its name with a suffix. */
public enum SystemTable {
  /**
   * To read as a log: each copied row and each change is one row, which is never taken back. The
   * table's columns, of a deletion as they were, and its metadata columns.
   */
  CHANGES("$changes"),
  /**
   * To read as the table itself, by inserts, updates and deletes: its columns and its metadata
   * columns, {@code pi_lsn} first.
   */
  STREAM("$stream"),
  /** To write: the table's columns and the position each row comes from, for exactly-once. */
  APPLY("$apply"),
  /** To write: the table's columns; as for APPLY, the planner does not cut text to its length. */
  UPSERT("$upsert");

  /** The metadata column that holds a row's position in the binlog. */
  public static final String LSN_COLUMN = "pi_lsn";

  private final String suffix;

  SystemTable(String suffix) {
    this.suffix = suffix;
  }

  public String suffix() {
    return suffix;
  }
}
