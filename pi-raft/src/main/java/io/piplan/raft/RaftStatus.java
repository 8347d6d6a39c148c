package io.piplan.raft;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a node knows at a moment.
 *
 * @param leader as far as this node knows
 * @param ready a leader that has applied all entries of its predecessors; false on others
 * @param commitIndex as far as this node knows
 * @param snapshotIndex last entry that is part of a snapshot here, -1 if there is none
 * @param members of the last configuration this node knows
 * @param followers how far each other member is, as the leader sees it; empty on others
 */
public record RaftStatus(
    RaftMember self,
    Role role,
    boolean ready,
    long term,
    Optional<String> leader,
    long commitIndex,
    long appliedIndex,
    long snapshotIndex,
    List<RaftMember> members,
    List<Follower> followers) {
  public RaftStatus {
    members = List.copyOf(members);
    followers = List.copyOf(followers);
  }

  /** What a member does in its group. */
  public enum Role {
    LEADER,
    CANDIDATE,
    FOLLOWER,
    LEARNER,
    STARTING,
    CLOSED
  }

  /**
   * Another member, seen from the leader.
   *
   * @param matchIndex last entry it is known to have
   * @param lag entries it is behind the leader's commit
   * @param silence time since its last answer
   */
  public record Follower(String id, long matchIndex, long lag, Duration silence) {}
}
