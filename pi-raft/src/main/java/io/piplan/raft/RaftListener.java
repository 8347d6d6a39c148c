package io.piplan.raft;

/** Hears of changes at one node. Called on the node's own threads, so it must not block. */
public interface RaftListener {
  /** This node leads, and has applied everything from before. */
  default void leading(long term) {}

  /** This node does not lead any more; it may have ended some time ago. */
  default void notLeading() {}
}
