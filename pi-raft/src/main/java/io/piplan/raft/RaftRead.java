package io.piplan.raft;

import java.time.Duration;

/** How fresh the answer to a query has to be. */
public sealed interface RaftRead {
  /**
   * Sees every command acknowledged before the query began. Goes through the log, joined with other
   * queries: see {@link LeaderLease} for why not by Ratis' read index.
   */
  RaftRead LINEARIZABLE = new Linearizable();

  /**
   * The same as long as clocks run alike within the lease's margin (see {@link LeaderLease}):
   * answered by the leader alone, without asking the others. Members that don't hold a lease answer
   * as for {@link #LINEARIZABLE}.
   */
  RaftRead LEASE = new Lease();

  /** From the copy on this node, if it is no older than {@code bound}; else refused as STALE. */
  static RaftRead within(Duration bound) {
    return new Bounded(bound);
  }

  /** See {@link RaftRead#LINEARIZABLE}. */
  record Linearizable() implements RaftRead {}

  /** See {@link RaftRead#LEASE}. */
  record Lease() implements RaftRead {}

  /** See {@link RaftRead#within}. */
  record Bounded(Duration bound) implements RaftRead {}
}
