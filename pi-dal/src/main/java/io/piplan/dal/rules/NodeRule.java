package io.piplan.dal.rules;

import java.time.Duration;
import java.util.Objects;

/**
 * A data node.
 *
 * @param dsn where its address and account are: {@code env:NAME} or {@code file:/path}
 * @param acquireTimeout how long a session waits for a connection
 * @param idleTime how long an unused connection above the minimum is kept
 * @param follows for a replica, its source; else null
 * @param weight the share of reads outside of transactions; 0 for none
 */
public record NodeRule(
    String name,
    String dsn,
    int minimumPoolSize,
    int maximumPoolSize,
    Duration acquireTimeout,
    Duration idleTime,
    String follows,
    int weight) {
  public NodeRule {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(dsn, "dsn");
  }

  public boolean isReplica() {
    return follows != null;
  }
}
