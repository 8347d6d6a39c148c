package io.piplan.meta;

import java.io.Serializable;
import java.util.Objects;

/**
 * One database server and schema of a zone.
 *
 * @param follows for a replica, the name of the node that it follows; else null
 */
public record DataNode(
    String name, String zone, String host, int port, String schema, String follows)
    implements Serializable {
  public DataNode {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(zone, "zone");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(schema, "schema");
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port " + port);
    }
  }

  public boolean isReplica() {
    return follows != null;
  }
}
