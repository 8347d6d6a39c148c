package io.piplan.lcs.server;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.NumberRange;
import io.piplan.lcs.SequenceInfo;
import io.piplan.lcs.SequenceName;
import io.piplan.lcs.SequencePolicy;
import io.piplan.raft.RaftException;
import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftNode;
import io.piplan.raft.RaftRead;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What can be asked of the leader, apart from the quick way of {@link ClientHandler}. All answers
 * are given under the lease; futures fail with {@link LcsException}.
 */
final class Operations {
  static final String NOT_LEADING = "this server doesn't lead";
  static final String ASK_LEADER = "ask the one that does";

  private static final String CHANGING = "members are being changed";

  private static final long LONGEST_SECONDS = 10;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);
  private static final Duration TRANSFER = Duration.ofSeconds(5);

  private final LcsServerOptions options;
  private final RaftNode node;
  private final Supplier<Leadership> leaderships;
  private final Consumer<Leadership> anew;
  private final Executor executor;

  /** Creations that the group hasn't answered yet. */
  private final AtomicInteger creating = new AtomicInteger();

  private final AtomicBoolean handingOver = new AtomicBoolean();
  private final AtomicBoolean changingMembers = new AtomicBoolean();

  /**
   * @param anew begins the term of a leadership once more, which gave up and still leads
   */
  Operations(
      LcsServerOptions options,
      RaftNode node,
      Supplier<Leadership> leaderships,
      Consumer<Leadership> anew,
      Executor executor) {
    this.options = options;
    this.node = node;
    this.leaderships = leaderships;
    this.anew = anew;
    this.executor = executor;
  }

  static LcsException notLeader() {
    return new LcsException(LcsError.NOT_LEADER, NOT_LEADING, ASK_LEADER);
  }

  static LcsException tooManyConnections(LcsServerOptions options) {
    return new LcsException(
        LcsError.TOO_MANY_CONNECTIONS,
        options.limits().of(ServerLimit.CONNECTIONS) + " connections are open",
        "share clients, or raise the limit of the servers");
  }

  /** In words of this module. */
  static LcsException known(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof LcsException known) {
      return known;
    }
    if (cause instanceof RaftException raft) {
      LcsError error =
          switch (raft.error()) {
            case NO_LEADER, OUTCOME_UNKNOWN, OVERLOADED -> LcsError.OVERLOADED;
            case CLOSED -> LcsError.NOT_LEADER;
            case MEMBERSHIP_REFUSED -> LcsError.MEMBERSHIP_REFUSED;
            case CONFIG_INVALID -> LcsError.CONFIG_INVALID;
            default -> LcsError.INTERNAL;
          };
      return new LcsException(error, raft.error().code() + " " + raft.found(), raft.remedy(), raft);
    }
    if (cause instanceof java.util.concurrent.TimeoutException) {
      return new LcsException(LcsError.TIMED_OUT, "no range was stored in time", "try again");
    }
    return new LcsException(LcsError.INTERNAL, String.valueOf(cause), "look at the log", cause);
  }

  private Leadership leading() {
    Leadership now = leaderships.get();
    if (now == null || now.over()) {
      throw notLeader();
    }
    return now;
  }

  /**
   * The same, for a sequence that was found before. It may be one of an earlier term of this
   * server, whose numbers are smaller than what others have given since.
   */
  private Leadership leading(SequenceState sequence) {
    Leadership now = leading();
    if (!now.has(sequence)) {
      throw notLeader();
    }
    return now;
  }

  /** Finds a sequence, or creates it. */
  CompletableFuture<SequenceState> open(
      String name, Optional<SequencePolicy> wanted, boolean create) {
    return start(
        () -> {
          SequenceName checked = new SequenceName(name);
          Leadership leadership = leading();
          return node.caller()
              .query(LcsState.queryOf(checked.text()), RaftRead.LEASE)
              .thenCompose(
                  bytes -> {
                    LcsAnswer.Stored stored = LcsAnswer.stored(bytes);
                    if (stored == null && !create) {
                      throw unknown("'" + name + "'");
                    }
                    return stored != null
                        ? CompletableFuture.completedFuture(leadership.add(stored))
                        : create(leadership, checked, wanted.orElse(SequencePolicy.COUNTER));
                  })
              .thenApply(
                  sequence -> {
                    wanted.ifPresent(policy -> same(sequence, policy));
                    return sequence;
                  });
        });
  }

  private CompletableFuture<SequenceState> create(
      Leadership leadership, SequenceName name, SequencePolicy policy) {
    long most = options.limits().of(ServerLimit.SEQUENCES);
    // Those under way count: thousands may have been asked for at once.
    if (leadership.known() + creating.incrementAndGet() > most) {
      creating.decrementAndGet();
      throw new LcsException(
          LcsError.OVERLOADED,
          most + " sequences exist or are being created",
          "raise the limit of the servers");
    }
    return node.caller()
        .submit(new LcsCommand.Open(name.text(), policy).encode())
        .thenApply(bytes -> leadership.add(LcsAnswer.stored(bytes)))
        .whenComplete((sequence, failure) -> creating.decrementAndGet());
  }

  private static void same(SequenceState sequence, SequencePolicy policy) {
    if (!sequence.policy().equals(policy)) {
      throw new LcsException(
          LcsError.POLICY_DIFFERS,
          "sequence " + sequence.name() + " is " + sequence.policy() + ", not " + policy,
          "use it as it is, or another name");
    }
  }

  /** A sequence by number, looked up if it was created through another leader. */
  CompletableFuture<SequenceState> find(int id) {
    return start(
        () -> {
          Leadership leadership = leading();
          SequenceState known = leadership.sequence(id);
          if (known != null) {
            return CompletableFuture.completedFuture(known);
          }
          return node.caller()
              .query(LcsState.queryOf(id), RaftRead.LINEARIZABLE)
              .thenApply(
                  bytes -> {
                    LcsAnswer.Stored stored = LcsAnswer.stored(bytes);
                    if (stored == null) {
                      throw unknown("number " + id);
                    }
                    return leadership.add(stored);
                  });
        });
  }

  private static LcsException unknown(String what) {
    return new LcsException(
        LcsError.SEQUENCE_UNKNOWN, "there is no sequence " + what, "create it first");
  }

  CompletableFuture<NumberRange> next(SequenceState sequence, int count) {
    return start(
        () -> {
          Leadership leadership = leading(sequence);
          if (count < 1 || count > options.limits().count(ServerLimit.COUNT)) {
            throw countInvalid(count, options.limits().count(ServerLimit.COUNT));
          }
          // With an end of its own: who has gone waits no more, and takes no numbers.
          CompletableFuture<Long> first = limited();
          take(leadership, sequence, count, first);
          return checked(leadership, first.thenApply(number -> new NumberRange(number, count)));
        });
  }

  static LcsException countInvalid(int count, int most) {
    return new LcsException(
        LcsError.COUNT_INVALID, count + " numbers are asked for", "ask for 1 to " + most);
  }

  static LcsException exhausted(SequenceState sequence) {
    return new LcsException(
        LcsError.EXHAUSTED,
        "sequence " + sequence.name() + " ends with " + sequence.policy().last(),
        "use another sequence");
  }

  private void take(
      Leadership leadership, SequenceState sequence, int count, CompletableFuture<Long> first) {
    if (first.isDone()) {
      return;
    }
    if (leadership.over()) {
      first.completeExceptionally(notLeader());
      return;
    }
    long taken = sequence.take(count);
    if (taken != SequenceState.NONE) {
      first.complete(taken);
    } else if (sequence.exhausted(count)) {
      first.completeExceptionally(exhausted(sequence));
    } else {
      sequence.park(() -> executor.execute(() -> take(leadership, sequence, count, first)), count);
    }
  }

  /** A number at or above all that were given. */
  CompletableFuture<Long> current(SequenceState sequence) {
    return start(
        () -> {
          Leadership leadership = leading(sequence);
          return checked(leadership, CompletableFuture.completedFuture(sequence.next() - 1));
        });
  }

  /** See {@code LcsSequence.raiseTo}. */
  CompletableFuture<Long> raise(SequenceState sequence, long value, boolean force) {
    return start(
        () -> {
          Leadership leadership = leading(sequence);
          long jump = value - sequence.next();
          if (value < 0 || value >= sequence.policy().last()) {
            throw new LcsException(
                LcsError.RAISE_REFUSED,
                "raise to " + value + ", and the sequence ends with " + sequence.policy().last(),
                "raise to a smaller number");
          }
          if (jump > options.limits().of(ServerLimit.JUMP) && !force) {
            throw new LcsException(
                LcsError.RAISE_REFUSED,
                "raise to " + value + " would skip " + jump + " numbers",
                "ask with force if that is meant; up to "
                    + options.limits().of(ServerLimit.JUMP)
                    + " need none");
          }
          CompletableFuture<Long> done = limited();
          raise(leadership, sequence, value, done);
          return checked(leadership, done);
        });
  }

  private void raise(
      Leadership leadership, SequenceState sequence, long value, CompletableFuture<Long> done) {
    if (done.isDone()) {
      return;
    }
    if (leadership.over()) {
      done.completeExceptionally(notLeader());
    } else if (sequence.raise(value)) {
      done.complete(sequence.next());
    } else {
      sequence.park(() -> executor.execute(() -> raise(leadership, sequence, value, done)), 1);
    }
  }

  /** Those after a name, by name. */
  CompletableFuture<List<SequenceInfo>> list(String after, int most) {
    return start(
        () -> {
          Leadership leadership = leading();
          List<SequenceInfo> all =
              leadership.after(after, most).stream()
                  .map(s -> new SequenceInfo(s.name(), s.policy(), s.next(), s.limit()))
                  .toList();
          return checked(leadership, CompletableFuture.completedFuture(all));
        });
  }

  /** Hands leadership over, one at a time; blocks, so it runs on the executor. */
  CompletableFuture<Long> transfer(String member) {
    return alone(
        handingOver,
        "leadership is being handed over",
        () -> {
          Leadership leadership = leading();
          if (member.equals(options.self().id())) {
            return leadership.term();
          }
          if (node.members().stream().noneMatch(m -> m.id().equals(member) && !m.learner())) {
            throw new LcsException(
                LcsError.MEMBERSHIP_REFUSED,
                "no member with a vote has id " + member,
                "members are " + node.members());
          }
          handOver(
              leadership::release,
              () -> node.transferLeadership(member, TRANSFER),
              () -> anew.accept(leadership));
          return node.status().term();
        });
  }

  /** On the executor, whose threads are few, so that nobody takes them all. */
  private <T> CompletableFuture<T> alone(
      AtomicBoolean underWay, String found, Supplier<T> operation) {
    if (!underWay.compareAndSet(false, true)) {
      return CompletableFuture.failedFuture(
          new LcsException(LcsError.OVERLOADED, found, "ask again when that is done"));
    }
    try {
      return CompletableFuture.supplyAsync(
          () -> {
            try {
              return operation.get();
            } finally {
              underWay.set(false);
            }
          },
          executor);
    } catch (RejectedExecutionException e) {
      underWay.set(false);
      return CompletableFuture.failedFuture(
          new LcsException(LcsError.CLOSED, "this server is closed", "ask another one", e));
    }
  }

  /**
   * Whatever fails, this server goes on: it may have told the group that it gives no more numbers.
   */
  static void handOver(Supplier<CompletableFuture<?>> release, Runnable transfer, Runnable goOn) {
    try {
      var unused = release.get().join();
      transfer.run();
    } catch (RuntimeException e) {
      goOn.run();
      LcsException known = known(e);
      throw new LcsException(
          known.error(), known.found(), "this server goes on leading; try again", e);
    }
  }

  /**
   * Takes in a server that was started to join: as a learner, and with a vote when it has caught
   * up; one change of members at a time. Blocks, so it runs on the executor.
   */
  CompletableFuture<List<RaftMember>> take(RaftMember member) {
    return alone(
        changingMembers,
        CHANGING,
        () -> {
          leading();
          // Asked again, one that has a vote keeps it.
          if (!node.members().contains(member.asVoter())) {
            node.addMembers(List.of(member.asLearner()));
            node.promote(member.id(), CATCH_UP);
          }
          return node.members();
        });
  }

  /** Takes another server out, likewise. */
  CompletableFuture<List<RaftMember>> remove(String id) {
    return alone(
        changingMembers,
        CHANGING,
        () -> {
          leading();
          if (id.equals(options.self().id())) {
            throw new LcsException(
                LcsError.MEMBERSHIP_REFUSED,
                "server " + id + " leads",
                "have another one lead first");
          }
          node.removeMembers(List.of(id));
          return node.members();
        });
  }

  private <T> CompletableFuture<T> checked(Leadership leadership, CompletableFuture<T> made) {
    return made.thenCompose(
        answer -> {
          if (!options.strict() && leadership.mayAnswer()) {
            return CompletableFuture.completedFuture(answer);
          }
          if (leadership.mayConfirm()) {
            return leadership
                .confirm()
                .handle(
                    (confirmed, failure) -> {
                      if (failure != null) {
                        throw notLeader();
                      }
                      return answer;
                    });
          }
          return CompletableFuture.failedFuture(notLeader());
        });
  }

  private static CompletableFuture<Long> limited() {
    return new CompletableFuture<Long>().orTimeout(LONGEST_SECONDS, TimeUnit.SECONDS);
  }

  private static <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> operation) {
    CompletableFuture<T> answer;
    try {
      answer = operation.get();
    } catch (LcsException e) {
      return CompletableFuture.failedFuture(e);
    }
    return answer
        .orTimeout(LONGEST_SECONDS, TimeUnit.SECONDS)
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(known(failure)));
  }
}
