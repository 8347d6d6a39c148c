package io.piplan.lcs.client;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.NumberRange;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A caller who waits for numbers, as a link of the list of all who do. A class, not an interface:
 * lists of millions a second are gone through, of several kinds, and what is a field costs no call
 * that depends on the kind.
 */
abstract class Waiter {
  private final int count;
  private final long since;
  private Waiter link;

  /**
   * @param since when it began to wait, as {@link System#nanoTime}
   */
  Waiter(int count, long since) {
    this.count = count;
    this.since = since;
  }

  /** Gives the numbers from {@code first} on. */
  abstract void give(long first);

  abstract void fail(LcsException failure);

  /** Whether it waits no more. */
  abstract boolean isDone();

  final int count() {
    return count;
  }

  final long since() {
    return since;
  }

  final Waiter link() {
    return link;
  }

  final void link(Waiter next) {
    link = next;
  }

  /** For one number, as a future. */
  static final class OfNumber extends Waiter {
    private final CompletableFuture<Long> future = new CompletableFuture<>();

    OfNumber(long since) {
      super(1, since);
    }

    CompletableFuture<Long> future() {
      return future;
    }

    @Override
    void give(long first) {
      future.complete(first);
    }

    @Override
    void fail(LcsException failure) {
      future.completeExceptionally(failure);
    }

    @Override
    boolean isDone() {
      return future.isDone();
    }
  }

  /** For several without a gap. */
  static final class OfRange extends Waiter {
    private final CompletableFuture<NumberRange> future = new CompletableFuture<>();

    OfRange(int count, long since) {
      super(count, since);
    }

    CompletableFuture<NumberRange> future() {
      return future;
    }

    @Override
    void give(long first) {
      future.complete(new NumberRange(first, count()));
    }

    @Override
    void fail(LcsException failure) {
      future.completeExceptionally(failure);
    }

    @Override
    boolean isDone() {
      return future.isDone();
    }
  }

  /** For one number, without a future. */
  static final class OfReceiver extends Waiter {
    private static final Logger LOG = LoggerFactory.getLogger(OfReceiver.class);

    private final NumberReceiver receiver;

    OfReceiver(NumberReceiver receiver, long since) {
      super(1, since);
      this.receiver = receiver;
    }

    /** What it throws must not keep the others from theirs. */
    @Override
    void give(long first) {
      try {
        receiver.number(first);
      } catch (RuntimeException | Error e) {
        LOG.error("a receiver of numbers threw", e);
      }
    }

    @Override
    void fail(LcsException failure) {
      try {
        receiver.failed(failure);
      } catch (RuntimeException | Error e) {
        LOG.error("a receiver of numbers threw", e);
      }
    }

    /** It can't be cancelled. */
    @Override
    boolean isDone() {
      return false;
    }
  }
}
