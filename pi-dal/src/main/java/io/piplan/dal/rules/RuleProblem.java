package io.piplan.dal.rules;

import java.util.Objects;

/**
 * One thing that is wrong with a document.
 *
 * @param line from 1; 0 if the whole document is meant
 */
public record RuleProblem(int line, int column, String path, String message, String remedy) {
  public RuleProblem {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(remedy, "remedy");
  }

  /** Of a table as a whole. */
  static RuleProblem of(LogicalTable table, String message, String remedy) {
    return new RuleProblem(
        table.place().line(), table.place().column(), "table " + table.name(), message, remedy);
  }

  @Override
  public String toString() {
    String place = line == 0 ? "" : "line " + line + ", column " + column + ": ";
    return place + (path.isEmpty() ? "" : path + ": ") + message + "; " + remedy;
  }
}
