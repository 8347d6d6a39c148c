package io.piplan.raft;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.server.RaftServer;

/**
 * How old the copy of the state is that a follower or learner holds: the time since the leader last
 * named a commit index that has been applied here. Does not count the message's own way.
 */
final class Staleness {
  private static final long SAMPLE_MILLIS = 10;
  private static final int MOST_SAMPLES = 6_000;

  /** Where nobody asks, only each so many times. */
  private static final int IDLE_EVERY = 10;

  private static final long IDLE_AFTER_NANOS = 10_000_000_000L;

  private record Sample(long heardNanos, long commit) {}

  private final Supplier<RaftServer.Division> division;
  private final ScheduledExecutorService timer;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private long askedAt = System.nanoTime() - IDLE_AFTER_NANOS;
  private int times;

  Staleness(Supplier<RaftServer.Division> division, ScheduledExecutorService timer) {
    this.division = division;
    this.timer = timer;
  }

  void start() {
    var unused =
        timer.scheduleWithFixedDelay(
            this::sample, SAMPLE_MILLIS, SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private synchronized void sample() {
    if (times++ % IDLE_EVERY != 0 && System.nanoTime() - askedAt >= IDLE_AFTER_NANOS) {
      return;
    }
    try {
      RaftServer.Division here = division.get();
      RoleInfoProto role = here.getInfo().getRoleInfoProto();
      long heard = heard(role);
      // Without a leader the time is of votes.
      if (heard < 0 || here.getInfo().getLeaderId() == null) {
        return;
      }
      // Read after the time: a newer commit index with an older time errs on the safe side.
      long commit = here.getRaftLog().getLastCommittedIndex();
      samples.addLast(new Sample(heard, commit));
      if (samples.size() > MOST_SAMPLES) {
        samples.removeFirst();
      }
      prune(here.getInfo().getLastAppliedIndex());
    } catch (RaftException e) {
      // Closed meanwhile; the timer ends as well.
      samples.clear();
    }
  }

  /** When the leader was last heard of, in nanoTime; -1 if it wasn't. */
  private static long heard(RoleInfoProto role) {
    long now = System.nanoTime();
    if (role.hasFollowerInfo() && role.getFollowerInfo().hasLeaderInfo()) {
      long millis = role.getFollowerInfo().getLeaderInfo().getLastRpcElapsedTimeMs();
      return now - TimeUnit.MILLISECONDS.toNanos(millis + 1);
    }
    return -1;
  }

  private void prune(long applied) {
    Sample newest = null;
    while (!samples.isEmpty() && samples.peekFirst().commit() <= applied) {
      newest = samples.removeFirst();
    }
    if (newest != null) {
      samples.addFirst(newest);
    }
  }

  /** Age of the copy here; empty if nothing is known. */
  synchronized Duration age() {
    askedAt = System.nanoTime();
    RaftServer.Division here = division.get();
    long applied = here.getInfo().getLastAppliedIndex();
    prune(applied);
    Sample newest = samples.peekFirst();
    if (newest == null || newest.commit() > applied) {
      return Duration.ofDays(365);
    }
    return Duration.ofNanos(Math.max(0, System.nanoTime() - newest.heardNanos()));
  }
}
