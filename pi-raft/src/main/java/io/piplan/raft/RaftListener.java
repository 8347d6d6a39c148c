package io.piplan.raft;

/** Hears of changes at one node. Called on the node's own threads, so it must not block. */
public interface RaftListener {
  /** This node leads, and has applied everything from before. */
  default void leading(long term) {}

  /** This node does not lead any more; it may have ended some time ago. */
  default void notLeading() {}

  /**
   * This node has ended by itself, since its log cannot be written or Ratis gave it up. It closes
   * itself; the others go on. When the cause is gone it may be started again, in a new process.
   */
  default void failed(RaftException why) {}
}
