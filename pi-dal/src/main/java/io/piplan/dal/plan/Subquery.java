package io.piplan.dal.plan;

import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;

/**
 * A subquery that can be run by itself before its statement.
 *
 * @param span what its values replace in the statement's text
 * @param statement as it is run
 * @param collation by which its values are compared, if its column is a text of one; null if that
 *     isn't known
 * @param asColumn whether its texts are compared as those of a column, whose collation gives way to
 *     that of some others; else by that collation, whatever stands beside
 * @param exact whether its numbers have no more digits than servers show
 * @param item whether it is a selected column by itself, whose name apps see
 */
public record Subquery(
    Kind kind,
    Span span,
    Statement statement,
    Plan plan,
    String collation,
    boolean asColumn,
    boolean exact,
    boolean item) {
  /** Where it stands. */
  public enum Kind {
    /** After IN: any number of rows. */
    LIST,
    /** As LIST, of keys by which rows are found again: none may be NULL, which equals nothing. */
    KEYS,
    /** As a value: one row at most. */
    VALUE,
    /** After EXISTS: any row. */
    EXISTS,
    /** As a table in FROM or of WITH: rows with names. */
    TABLE,
    /** As a part of a UNION. */
    PART
  }
}
