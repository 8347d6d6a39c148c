package io.piplan.lcs.server;

import io.piplan.lcs.server.LcsAnswer.Begun;
import io.piplan.lcs.server.LcsAnswer.Extended;
import io.piplan.lcs.server.LcsAnswer.Outcome;
import io.piplan.lcs.server.LcsAnswer.Stored;
import io.piplan.raft.LeaderLease;
import io.piplan.raft.RaftNode;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This server as the leader of one term, with the sequences as it may give them. Nothing in here
 * outlives the term: the next leader, even if it is the same server, begins with what is stored.
 */
final class Leadership implements SequenceState.Ranges {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private static final long AGAIN_MILLIS = 20;
  private static final int EXTENDED_AT_ONCE = 1_000;

  private final long term;
  private final RaftNode node;
  private final LeaderLease lease;
  private final long smallestStep;
  private final ScheduledExecutorService timer;
  private final ServerMetrics metrics;
  private final ConcurrentNavigableMap<String, SequenceState> byName =
      new ConcurrentSkipListMap<>();
  private volatile SequenceState[] sequences = {};
  private volatile int known;
  private volatile boolean open;
  private volatile boolean over;

  Leadership(
      long term,
      RaftNode node,
      long smallestStep,
      ScheduledExecutorService timer,
      ServerMetrics metrics) {
    this.term = term;
    this.node = node;
    this.lease = node.lease();
    this.smallestStep = smallestStep;
    this.timer = timer;
    this.metrics = metrics;
  }

  long term() {
    return term;
  }

  /** Whether what was made before this call may be given. */
  boolean mayAnswer() {
    return open && !over && lease.holds(term);
  }

  boolean over() {
    return over;
  }

  /**
   * Whether a majority may be asked instead: not while the last leader may still answer under its
   * lease, which doesn't ask.
   */
  boolean mayConfirm() {
    return open && !over && lease.waited(term);
  }

  /** Completes if nobody else led until after this call; answers made before it may be given. */
  CompletableFuture<Void> confirm() {
    return mayConfirm()
        ? lease.confirm(term)
        : CompletableFuture.failedFuture(new IllegalStateException("does not lead"));
  }

  /** Tells the others that this term is led, learns what is stored, and opens. */
  void begin() {
    var unused =
        node.caller()
            .submit(new LcsCommand.Lead(term).encode())
            .whenComplete(
                (bytes, failure) -> {
                  if (failure == null) {
                    begun(LcsAnswer.begun(bytes));
                  } else {
                    LOG.debug("could not begin term {}", term, failure);
                    later(this::begin);
                  }
                });
  }

  private void begun(Begun begun) {
    if (begun.outcome() != Outcome.DONE) {
      end();
      return;
    }
    addAll(begun.sequences());
    if (!begun.waits()) {
      lease.nobodyElseAnswers(term);
    }
    open = true;
    List<SequenceState> used =
        Arrays.stream(sequences)
            .filter(s -> s.next() > s.policy().first())
            .limit(EXTENDED_AT_ONCE)
            .toList();
    used.forEach(SequenceState::refill);
    LOG.info(
        "leads in term {}, {} sequences, {}",
        term,
        sequences.length,
        begun.waits() ? "after a wait for the last leader's lease" : "at once");
  }

  /** A sequence that is stored; does nothing if it is known here. */
  SequenceState add(Stored stored) {
    addAll(List.of(stored));
    return sequence(stored.id());
  }

  /** All at once: each change is a copy. Those between them are added when they are asked for. */
  synchronized void addAll(List<Stored> stored) {
    int size = sequences.length;
    for (Stored one : stored) {
      size = Math.max(size, one.id() + 1);
    }
    SequenceState[] more = Arrays.copyOf(sequences, size);
    int count = known;
    for (Stored one : stored) {
      if (more[one.id()] == null) {
        SequenceState added =
            new SequenceState(one, smallestStep, this, System::currentTimeMillis, System::nanoTime);
        more[one.id()] = added;
        byName.put(added.name(), added);
        count++;
      }
    }
    known = count;
    sequences = more;
  }

  /** Whether it is this one that gives its numbers, not an earlier leader of the same name. */
  boolean has(SequenceState sequence) {
    return sequence(sequence.id()) == sequence;
  }

  /** Null if it isn't known here. */
  SequenceState sequence(int id) {
    SequenceState[] now = sequences;
    return id >= 0 && id < now.length ? now[id] : null;
  }

  private List<SequenceState> all() {
    return Arrays.stream(sequences).filter(Objects::nonNull).toList();
  }

  /** How many are known here. */
  int known() {
    return known;
  }

  /** So many of those whose names come after one, by name; the work is in proportion to them. */
  List<SequenceState> after(String name, int most) {
    return byName.tailMap(name, false).values().stream().limit(most).toList();
  }

  @Override
  public void extend(SequenceState sequence, long expected, long limit) {
    long asked = System.nanoTime();
    var unused =
        node.caller()
            .submit(new LcsCommand.Extend(sequence.id(), term, expected, limit).encode())
            .whenComplete(
                (bytes, failure) -> {
                  if (failure == null) {
                    metrics.extended(System.nanoTime() - asked);
                    extended(sequence, LcsAnswer.extended(bytes));
                  } else {
                    LOG.debug("no range for {}", sequence.name(), failure);
                    later(sequence::notNow);
                  }
                });
  }

  private void extended(SequenceState sequence, Extended answer) {
    switch (answer.outcome()) {
      case DONE -> sequence.granted(answer.limit());
      case OTHER_LIMIT, EXHAUSTED -> sequence.otherLimit(answer.limit());
      case FENCED -> {
        end();
        later(sequence::notNow);
      }
      case UNKNOWN_SEQUENCE ->
          throw new IllegalStateException("sequence " + sequence.name() + " is not stored");
    }
  }

  private void later(Runnable action) {
    try {
      if (!over) {
        var unused = timer.schedule(action, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      } else {
        timer.execute(() -> all().forEach(SequenceState::drain));
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("closed", e);
    }
  }

  /**
   * Gives no more, and has the others know, so that the next leader needn't wait. If leadership
   * isn't handed over after all another one of the same term has to begin: ranges that were asked
   * for at the same time may have been refused.
   */
  CompletableFuture<byte[]> release() {
    boolean held = mayAnswer();
    open = false;
    // Who has still to wait for the lease of the one before can't spare the next one that.
    return held
        ? node.caller().submit(new LcsCommand.Release(term).encode())
        : CompletableFuture.completedFuture(new byte[0]);
  }

  /** Another leads, or may. Requests that wait are told to look for it. */
  void end() {
    over = true;
    try {
      timer.execute(() -> all().forEach(SequenceState::drain));
    } catch (RejectedExecutionException e) {
      LOG.debug("closed", e);
    }
  }
}
