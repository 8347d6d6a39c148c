package io.piplan.dal.rules;

import java.util.Objects;

/** A real table. */
public record ActualTable(String node, String table) {
  public ActualTable {
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(table, "table");
  }

  @Override
  public String toString() {
    return node + "." + table;
  }
}
