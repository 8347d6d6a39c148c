package io.piplan.dts.jdbc;

import java.io.Serializable;
import java.util.Objects;

/**
 * A database (or schema) of a server, as one side of a diff.
 *
 * @param schema MySQL or Hive database, or PostgreSQL schema, unquoted
 */
public record DatabaseRef(DatabaseServer server, String schema) implements Serializable {
  public DatabaseRef {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(schema, "schema");
  }

  @Override
  public String toString() {
    return server.address() + "/" + schema;
  }
}
