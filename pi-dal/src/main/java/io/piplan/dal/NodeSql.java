package io.piplan.dal;

import java.util.Objects;

/** A statement for one data node, whole: values are in it. */
public record NodeSql(String node, String sql) {
  public NodeSql {
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(sql, "sql");
  }
}
