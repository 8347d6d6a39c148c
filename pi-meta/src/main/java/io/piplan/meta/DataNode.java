package io.piplan.meta;

import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;

/**
 * One database server and schema of a zone.
 *
 * @param follows for a replica, the name of the node that it follows
 */
public record DataNode(
    String name, String zone, String host, int port, String schema, Optional<String> follows)
    implements Serializable {
  public DataNode {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(zone, "zone");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(follows, "follows");
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port " + port);
    }
  }

  public boolean isReplica() {
    return follows.isPresent();
  }
}
