package io.piplan.dts.copy;

/**
 * What tells a table from one that had its name before.
 *
 * @param since since when it is as it is; another text if it has been changed
 * @param born names what it holds; another text if that is something else and must be copied anew,
 *     the same if the table only got another name
 */
public record TableSeen(String since, String born) {
  /** Of a table that is not followed. */
  public static final TableSeen UNKNOWN = new TableSeen("", "");
}
