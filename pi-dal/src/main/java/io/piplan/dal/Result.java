package io.piplan.dal;

/** What a statement gives: rows, or that it is done. */
public sealed interface Result {

  /**
   * No rows: what MySQL's OK packet says.
   *
   * @param lastInsertId the first id that was generated, else 0
   * @param info readable, as {@code Records: 3 Duplicates: 0 Warnings: 0}; empty if there is none
   */
  record Done(long affectedRows, long lastInsertId, int warnings, String info) implements Result {
    public static final Done NOTHING = new Done(0, 0, 0, "");
  }

  /** Rows. Who takes them closes the stream. */
  record Rows(RowStream stream) implements Result {}
}
