package io.piplan.raft;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How old the copy of the state is that a follower or learner holds: the time since the leader last
 * named a commit index that has been applied here. Does not count the message's own way.
 *
 * <p>A message is noted by Ratis before what it brings is on the disk and after, and only the last
 * time is told. So what counts is the moment of the sample before the one in which something new
 * was seen: either a commit index that the leader hadn't named by then, or a message, where nothing
 * was under way before and nothing is now. That makes the copy seem older than it is by up to a
 * sample, never younger.
 *
 * <p>Ratis notes as a message of the leader also that a candidate was told it may stand for
 * election (a pre-vote). That happens only when nothing was heard for the shortest election
 * time-out, so a sign that comes as late does not count by itself.
 */
final class Staleness {
  private static final long SAMPLE_MILLIS = 10;
  private static final int MOST_SAMPLES = 6_000;

  /** Where nobody asks, only each so many times. */
  private static final int IDLE_EVERY = 10;

  private static final long IDLE_AFTER_NANOS = 10_000_000_000L;

  /** Ratis tells times in whole milliseconds. */
  private static final long ROUNDING_NANOS = 2_000_000;

  /** At that time the leader had committed no more than that. */
  private record Sample(long nanos, long commit) {}

  private final Supplier<HeardOfLeader> heard;
  private final LongSupplier applied;
  private final long voteNanos;
  private final LongSupplier clock;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private HeardOfLeader last;
  private long lookedAt;
  private long seenAt;
  private long askedAt;
  private int times;

  /**
   * @param heard null if there is no leader that counts
   * @param applied index of the last entry that is part of the state here
   * @param electionMin for which a member hears nothing before it lets others stand for election
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  Staleness(
      Supplier<HeardOfLeader> heard,
      LongSupplier applied,
      Duration electionMin,
      LongSupplier clock) {
    this.heard = heard;
    this.applied = applied;
    this.voteNanos = electionMin.toNanos() - ROUNDING_NANOS;
    this.clock = clock;
    this.askedAt = clock.getAsLong() - IDLE_AFTER_NANOS;
  }

  void start(ScheduledExecutorService timer) {
    var unused =
        timer.scheduleWithFixedDelay(
            this::sample, SAMPLE_MILLIS, SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private synchronized void sample() {
    if (times++ % IDLE_EVERY != 0 && clock.getAsLong() - askedAt >= IDLE_AFTER_NANOS) {
      return;
    }
    try {
      look();
    } catch (RaftException e) {
      // Closed meanwhile; the timer ends as well.
      samples.clear();
    }
  }

  /** Takes a sample. */
  synchronized void look() {
    long before = lookedAt;
    long seen = seenAt;
    HeardOfLeader known = last;
    lookedAt = clock.getAsLong();
    last = heard.get();
    seenAt = clock.getAsLong();
    if (last == null
        || known == null
        || known.term() != last.term()
        || !known.leader().equals(last.leader())) {
      return;
    }
    boolean named = last.commit() > known.commit();
    boolean quiet = known.underWay() == 0 && last.underWay() == 0;
    // What was done with before all of the last look was seen may have been under way before it.
    boolean heardAgain = last.nanos() - seen > 0;
    long latest = last.nanos() + (seenAt - lookedAt);
    boolean mayBeVote = latest - known.nanos() >= voteNanos;
    if (named || (quiet && heardAgain && !mayBeVote)) {
      samples.addLast(new Sample(before, last.commit()));
      if (samples.size() > MOST_SAMPLES) {
        samples.removeFirst();
      }
      prune(applied.getAsLong());
    }
  }

  private void prune(long upTo) {
    Sample newest = null;
    while (!samples.isEmpty() && samples.peekFirst().commit() <= upTo) {
      newest = samples.removeFirst();
    }
    if (newest != null) {
      samples.addFirst(newest);
    }
  }

  /** Age of the copy here; a year if nothing is known. */
  synchronized Duration age() {
    askedAt = clock.getAsLong();
    long upTo = applied.getAsLong();
    prune(upTo);
    Sample newest = samples.peekFirst();
    if (newest == null || newest.commit() > upTo) {
      return Duration.ofDays(365);
    }
    return Duration.ofNanos(Math.max(0, clock.getAsLong() - newest.nanos()));
  }
}
