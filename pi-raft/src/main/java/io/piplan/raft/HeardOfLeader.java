package io.piplan.raft;

import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.FollowerInfoProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.util.LifeCycle;

/**
 * What a follower or learner has heard of its leader, at a moment.
 *
 * @param leader who leads
 * @param term in which it does
 * @param nanos when it was last heard of, or when the last of its messages was done with, or when a
 *     candidate was told that it may stand for election; not later than that
 * @param underWay messages of it that are not done with, since the disk is slow
 * @param commit as the leader said in the newest message, done with or not; what is known here may
 *     be less
 */
record HeardOfLeader(String leader, long term, long nanos, int underWay, long commit) {

  /**
   * Null if there is nothing that could be relied on. A new leader doesn't know all that was
   * committed before its term, so it counts from when an entry of its own has arrived here.
   */
  static HeardOfLeader by(RaftServer.Division here) {
    // A newcomer that was not taken in to the end is a follower that looks after no leader: it
    // would
    // seem to have heard of one just now, each time.
    if (here.getInfo().getLifeCycleState() != LifeCycle.State.RUNNING) {
      return null;
    }
    // Before the time since then is read: a pause between the two errs on the safe side.
    long now = System.nanoTime();
    RoleInfoProto role = here.getInfo().getRoleInfoProto();
    RaftPeerId leader = here.getInfo().getLeaderId();
    // Without a leader the time is of votes.
    if (leader == null || !role.hasFollowerInfo() || !role.getFollowerInfo().hasLeaderInfo()) {
      return null;
    }
    FollowerInfoProto follower = role.getFollowerInfo();
    long millis = follower.getLeaderInfo().getLastRpcElapsedTimeMs();
    long term = here.getInfo().getCurrentTerm();
    // Read after the time: a newer commit index with an older time errs on the safe side.
    long told = told(here, leader);
    if (told < 0 || appliedTerm(here) != term) {
      return null;
    }
    return new HeardOfLeader(
        leader.toString(),
        term,
        now - TimeUnit.MILLISECONDS.toNanos(millis + 1),
        follower.getOutstandingOp(),
        Math.max(told, here.getRaftLog().getLastCommittedIndex()));
  }

  private static long told(RaftServer.Division here, RaftPeerId leader) {
    return here.getCommitInfos().stream()
        .filter(info -> info.getServer().getId().equals(leader.toByteString()))
        .mapToLong(CommitInfoProto::getCommitIndex)
        .findFirst()
        .orElse(-1);
  }

  /** Of the last entry applied here; -1 if it isn't known. */
  private static long appliedTerm(RaftServer.Division here) {
    long applied = here.getInfo().getLastAppliedIndex();
    TermIndex entry = here.getRaftLog().getTermIndex(applied);
    if (entry != null) {
      return entry.getTerm();
    }
    SnapshotInfo snapshot = here.getStateMachine().getLatestSnapshot();
    return snapshot != null && snapshot.getIndex() == applied ? snapshot.getTerm() : -1;
  }
}
