package io.piplan.raft;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/**
 * Time for which this node is the leader and no other can answer as one, without asking the others
 * for each answer.
 *
 * <p><b>Why it holds.</b> A round notes the time {@code t0} and then has a majority append an entry
 * of this node's term; the lease ends at {@code t0 + L}. Whoever leads next needs the vote of one
 * of that majority, given after it appended: a member that has voted in a later term takes no more
 * entries of an earlier one. So the next leader begins after {@code t0}, and it answers nothing
 * under a lease of its own before {@code L} and the drift have passed since it was elected ({@link
 * #waits}). Two leases never overlap, whatever was stopped when and for how long; that members keep
 * from voting while they hear of a leader is not even needed.
 *
 * <p><b>Members that differ.</b> {@code L} follows from a member's own election time-out. So the
 * first entry of a term tells {@code L}, no other entry counts as a round before it, and the next
 * leader, who has applied it, waits for the longer of the two. As long as one waits it tells the
 * longer one as well, since it may be followed before the lease that it waits for has ended; when
 * it has waited an entry tells its own, whatever else was confirmed meanwhile.
 *
 * <p><b>Why an entry.</b> Ratis' read index would be cheaper, but it does not always ask: when a
 * majority has confirmed the same commit index before, however long ago, it answers at once
 * (ReadIndexHeartbeats.addAppendEntriesListener of 3.2.2 and 3.3.0).
 *
 * <p><b>What it assumes.</b> That {@link System#nanoTime} of any two members runs alike within
 * {@link #DRIFT} (a fifth) over such a time. A process that is stopped doesn't stop the clock; a
 * virtual machine that is suspended may. Where that can happen, ask each time: {@link #confirm} or
 * {@link RaftRead#LINEARIZABLE}.
 *
 * <p><b>What it costs.</b> Entries that are there anyway, of commands through this node, count as
 * rounds; only where none was confirmed for a third of {@code L} an entry is made for it. Before
 * somebody has asked for the lease for the first time ({@link #want}) there is none.
 *
 * <p>Any thread may ask {@link #holds}. Ask it after the answer is made and before it is sent.
 */
public final class LeaderLease {
  /** Part by which clocks may differ. */
  static final double DRIFT = 0.2;

  private static final double SHARE = 0.6;

  private final long lengthNanos;
  private final LongFunction<CompletableFuture<Long>> round;
  private final LongSupplier told;
  private final ScheduledExecutorService timer;
  private final LongSupplier clock;
  private volatile Held held;
  private volatile boolean wanted;

  /** When this node was last elected, or later; null if it wasn't. */
  private volatile Long electedAt;

  /** The lease of one term that this node leads in. */
  private static final class Held {
    private final long term;
    private final AtomicBoolean renewed = new AtomicBoolean();

    /** Of this lease and of any that it waits for, nanoseconds. */
    private final long longest;

    private volatile boolean known;

    /** What the last entry of this term told that a majority has. */
    private volatile long lastTold;

    private volatile long servesFrom;
    private volatile long endsAt;

    Held(long term, long longest, long now, long servesFrom) {
      this.term = term;
      this.longest = longest;
      this.servesFrom = servesFrom;
      this.endsAt = now;
    }
  }

  /**
   * @param round has a majority append an entry of this node that tells a length; completes with
   *     the term it led in from before the entry until after its commit, fails if it didn't lead
   *     all along
   * @param told the length that the last such entry told which was applied here; 0 for none
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  LeaderLease(
      Duration electionMin,
      LongFunction<CompletableFuture<Long>> round,
      LongSupplier told,
      ScheduledExecutorService timer,
      LongSupplier clock) {
    this.lengthNanos = (long) (electionMin.toNanos() * SHARE);
    this.round = round;
    this.told = told;
    this.timer = timer;
    this.clock = clock;
  }

  /** Whether this node leads, as far as it knows. */
  boolean leading() {
    return held != null;
  }

  /** Whether an answer made before this call may still be given. */
  public boolean holds() {
    return holds(held);
  }

  /** The same for what was made by this node as the leader of a term. */
  public boolean holds(long term) {
    Held now = held;
    return now != null && now.term == term && holds(now);
  }

  private boolean holds(Held of) {
    if (of == null) {
      return false;
    }
    long now = clock.getAsLong();
    return now - of.endsAt < 0 && now - of.servesFrom >= 0;
  }

  /** Time for which it holds if nothing more is heard of the others; 0 if it doesn't hold. */
  public Duration remaining() {
    Held now = held;
    return holds(now)
        ? Duration.ofNanos(Math.max(0, now.endsAt - clock.getAsLong()))
        : Duration.ZERO;
  }

  /** How long a lease is. */
  public Duration length() {
    return Duration.ofNanos(lengthNanos);
  }

  /** Time until a new leader may answer under its lease; 0 if it may, or doesn't lead. */
  public Duration waits() {
    Held now = held;
    return now == null
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(0, now.servesFrom - clock.getAsLong()));
  }

  /**
   * Whether this node leads in that term and no earlier leader answers any more under a lease, as
   * far as this node knows; false while it hands leadership over.
   */
  public boolean waited(long term) {
    Held now = held;
    return now != null && now.term == term && clock.getAsLong() - now.servesFrom >= 0;
  }

  /**
   * Ends the wait of a new leader: the caller knows from the replicated state that no earlier
   * leader answers any more under a lease.
   */
  public void nobodyElseAnswers(long term) {
    Held now = held;
    if (now != null && now.term == term) {
      now.servesFrom = clock.getAsLong();
    }
  }

  /**
   * Asks the others. Completes if this node led in that term until after this call; then an answer
   * made before the call may be given, whatever the clocks do.
   */
  public CompletableFuture<Void> confirm(long term) {
    Held now = held;
    // One of an earlier term waits no more, but its successor may have to.
    return round
        .apply(tells(now != null && now.term == term ? now : null))
        .thenAccept(
            confirmed -> {
              if (confirmed != term) {
                throw new CompletionException(
                    new RaftException(
                        RaftError.NO_LEADER,
                        "this node led in term " + confirmed + ", not in " + term,
                        "ask again"));
              }
            });
  }

  /** Somebody is going to ask: has rounds begin, for good. */
  void want() {
    if (wanted) {
      return;
    }
    wanted = true;
    Held now = held;
    if (now != null) {
      begin(now);
    }
  }

  /**
   * This node has got the votes of a majority: no lease of another one begins after this. It has
   * still to apply what was before.
   */
  void elected() {
    electedAt = clock.getAsLong();
  }

  /** This node leads, and has applied everything from before its term. */
  void leads(long term) {
    long now = clock.getAsLong();
    Long elected = electedAt;
    long begins = elected == null ? now : elected;
    long longest = Math.max(lengthNanos, told.getAsLong());
    Held next = new Held(term, longest, now, begins + (long) (longest * (1 + DRIFT)));
    held = next;
    if (wanted) {
      begin(next);
    }
  }

  private void begin(Held of) {
    if (of.renewed.compareAndSet(false, true)) {
      renew(of);
    }
  }

  /**
   * A majority has an entry of this node as the leader of a term, which was appended after {@code
   * asked}.
   */
  void confirmed(long term, long asked) {
    Held now = held;
    if (now != null && now.term == term && now.known) {
      confirmed(now, asked + lengthNanos);
    }
  }

  void ends() {
    held = null;
  }

  private void renew(Held of) {
    if (held != of) {
      return;
    }
    long asked = clock.getAsLong();
    long confirmed = of.endsAt - lengthNanos;
    long tells = tells(of);
    if (asked - confirmed < lengthNanos / 3 && of.lastTold == tells) {
      again(of, confirmed);
      return;
    }
    var unused =
        round
            .apply(tells)
            .whenComplete(
                (term, failure) -> {
                  if (failure == null && term == of.term) {
                    of.known = true;
                    of.lastTold = tells;
                    confirmed(of, asked + lengthNanos);
                  }
                  again(of, asked);
                });
  }

  private long tells(Held of) {
    if (of == null) {
      return Math.max(lengthNanos, told.getAsLong());
    }
    return clock.getAsLong() - of.servesFrom >= 0 ? lengthNanos : of.longest;
  }

  private static void confirmed(Held of, long until) {
    synchronized (of) {
      if (until - of.endsAt > 0) {
        of.endsAt = until;
      }
    }
  }

  private void again(Held of, long asked) {
    long wait = Math.max(1_000_000, asked + lengthNanos / 3 - clock.getAsLong());
    if (!timer.isShutdown()) {
      var unused = timer.schedule(() -> renew(of), wait, TimeUnit.NANOSECONDS);
    }
  }
}
