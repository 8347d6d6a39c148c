package io.piplan.dal;

import java.util.Objects;

/** A statement for one data node, whole: values are in it. */
public record NodeSql(String node, String sql) {
  public NodeSql {
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(sql, "sql");
  }

  /** A name as SQL takes it, whatever is in it. */
  public static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }
}
