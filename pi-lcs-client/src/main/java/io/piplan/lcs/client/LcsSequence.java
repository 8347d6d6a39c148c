package io.piplan.lcs.client;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.NumberRange;
import io.piplan.lcs.SequenceName;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Numbers of one sequence. Never one twice, whoever asks and whatever fails, and never one smaller
 * than any that was given, by any server to any client, before the call began.
 *
 * <p>For any number of threads. Futures complete on the client's only thread: work that takes its
 * time belongs elsewhere ({@code thenApplyAsync}), and the calls that block must not be made there.
 * All fail with {@link LcsException}.
 */
public final class LcsSequence {
  private final SequenceName name;
  private final LcsClient client;
  private final LeaderRouter router;
  private final CallerJoiner joiner;
  private final ThreadJoiner threads;

  LcsSequence(SequenceName name, LcsClient client, LeaderRouter router, CallerJoiner joiner) {
    this.name = name;
    this.client = client;
    this.router = router;
    this.joiner = joiner;
    this.threads = new ThreadJoiner(router, joiner);
  }

  public String name() {
    return name.text();
  }

  /** The next number. */
  public CompletableFuture<Long> nextAsync() {
    Waiter.OfNumber waiter = new Waiter.OfNumber(router.now());
    joiner.join(waiter);
    return waiter.future();
  }

  /** The next number, told to a receiver. */
  public void next(NumberReceiver receiver) {
    joiner.join(new Waiter.OfReceiver(receiver, router.now()));
  }

  /** The next number; waits for it. */
  public long next() {
    mayWait(router);
    return threads.next();
  }

  /**
   * Several numbers without a gap, for one who wants a block of his own.
   *
   * @param count at most what the server takes, 1,048,576 by default
   */
  public CompletableFuture<NumberRange> nextRangeAsync(int count) {
    if (count < 1) {
      return CompletableFuture.failedFuture(
          new LcsException(LcsError.COUNT_INVALID, count + " numbers", "ask for 1 or more"));
    }
    Waiter.OfRange waiter = new Waiter.OfRange(count, router.now());
    joiner.join(waiter);
    return waiter.future();
  }

  /** As {@link #nextRangeAsync}; waits. */
  public NumberRange nextRange(int count) {
    return waitFor(nextRangeAsync(count));
  }

  /** A number that all given so far are at or below; 0 if none was given. */
  public long current() {
    return waitFor(
        client.withNumber(
            name,
            sequence ->
                client.ask(
                    (out, number) -> {
                      int begun = Frames.begin(out, FrameType.CURRENT, number);
                      out.writeInt(sequence);
                      Frames.end(out, begun);
                    },
                    FrameType.VALUE,
                    in -> in.getLong(in.readerIndex()))));
  }

  /**
   * Makes all numbers that are given after this call larger than {@code value}. Changes nothing if
   * they are already, so it may be repeated.
   *
   * @param force also when it skips more numbers than the server allows by default
   * @return the smallest number that may come next
   */
  public long raiseTo(long value, boolean force) {
    return waitFor(
        client.withNumber(
            name,
            sequence ->
                client.ask(
                    (out, number) -> {
                      int begun = Frames.begin(out, FrameType.RAISE, number);
                      out.writeInt(sequence).writeLong(value).writeBoolean(force);
                      Frames.end(out, begun);
                    },
                    FrameType.VALUE,
                    in -> in.getLong(in.readerIndex()))));
  }

  private <T> T waitFor(CompletableFuture<T> answer) {
    return waitFor(answer, router);
  }

  private static void mayWait(LeaderRouter router) {
    if (router.inLoop()) {
      throw new IllegalStateException("a call that waits was made on the client's own thread");
    }
  }

  static <T> T waitFor(CompletableFuture<T> answer, LeaderRouter router) {
    mayWait(router);
    try {
      // The router gives up in time; this is for the case that its thread is held up.
      return answer.get(2 * router.callTimeoutNanos() + 5_000_000_000L, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      LcsException known = LeaderRouter.known(e.getCause());
      // With the stack of the caller, not of the client's thread.
      throw new LcsException(known.error(), known.found(), known.remedy(), known);
    } catch (TimeoutException e) {
      throw LeaderRouter.timedOut();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LcsException(LcsError.TIMED_OUT, "interrupted while waiting", "try again", e);
    }
  }
}
