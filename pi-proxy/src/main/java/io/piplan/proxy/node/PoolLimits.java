package io.piplan.proxy.node;

import java.time.Duration;

/**
 * Limits of a pool.
 *
 * @param idleTimeout how long a connection above the minimum stays without use
 */
public record PoolLimits(int minimum, int maximum, Duration acquireTimeout, Duration idleTimeout) {
  public PoolLimits {
    if (minimum < 0 || maximum < 1 || minimum > maximum) {
      throw new IllegalArgumentException("minimum " + minimum + ", maximum " + maximum);
    }
  }

  /** The share of one of so many equal parts; each gets at least one connection. */
  public PoolLimits part(int index, int parts) {
    return new PoolLimits(
        minimum * (index + 1) / parts - minimum * index / parts,
        Math.max(1, maximum * (index + 1) / parts - maximum * index / parts),
        acquireTimeout,
        idleTimeout);
  }
}
