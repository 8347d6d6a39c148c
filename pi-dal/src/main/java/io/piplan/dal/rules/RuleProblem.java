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

  @Override
  public String toString() {
    String place = line == 0 ? "" : "line " + line + ", column " + column + ": ";
    return place + (path.isEmpty() ? "" : path + ": ") + message + "; " + remedy;
  }
}
