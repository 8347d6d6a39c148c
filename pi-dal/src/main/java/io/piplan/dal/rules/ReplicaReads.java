package io.piplan.dal.rules;

import java.time.Duration;
import java.util.Objects;

/**
 * What reads on replicas may miss.
 *
 * @param maxLag how old what a replica answers may be; older ones get no reads
 * @param readYourWrites whether sessions read from the source, unless they ask for something else,
 *     until a replica is seen to have what they wrote
 */
public record ReplicaReads(Duration maxLag, boolean readYourWrites) {
  public static final ReplicaReads DEFAULT = new ReplicaReads(Duration.ofSeconds(10), false);

  public ReplicaReads {
    Objects.requireNonNull(maxLag, "maxLag");
  }
}
