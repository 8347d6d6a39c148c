package io.piplan.lcs.client;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.NumberRange;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A caller who waits for numbers, as a link of the list of all who do. */
interface Waiter {
  /** Gives the numbers from {@code first} on. */
  void give(long first);

  void fail(LcsException failure);

  /** Whether it waits no more. */
  boolean isDone();

  int count();

  /** When it began to wait, as {@link System#nanoTime}. */
  long since();

  Waiter link();

  void link(Waiter next);

  /** One that is a future. */
  abstract class OfFuture<T> extends CompletableFuture<T> implements Waiter {
    private final long since;
    private Waiter link;

    OfFuture(long since) {
      this.since = since;
    }

    @Override
    public final void fail(LcsException failure) {
      completeExceptionally(failure);
    }

    @Override
    public final long since() {
      return since;
    }

    @Override
    public final Waiter link() {
      return link;
    }

    @Override
    public final void link(Waiter next) {
      link = next;
    }
  }

  /** For one number. */
  final class OfNumber extends OfFuture<Long> {
    OfNumber(long since) {
      super(since);
    }

    @Override
    public int count() {
      return 1;
    }

    @Override
    public void give(long first) {
      complete(first);
    }
  }

  /** For several without a gap. */
  final class OfRange extends OfFuture<NumberRange> {
    private final int count;

    OfRange(int count, long since) {
      super(since);
      this.count = count;
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public void give(long first) {
      complete(new NumberRange(first, count));
    }
  }

  /** For one number, without a future. */
  final class OfReceiver implements Waiter {
    private static final Logger LOG = LoggerFactory.getLogger(OfReceiver.class);

    private final NumberReceiver receiver;
    private final long since;
    private Waiter link;

    OfReceiver(NumberReceiver receiver, long since) {
      this.receiver = receiver;
      this.since = since;
    }

    /** What it throws must not keep the others from theirs. */
    @Override
    public void give(long first) {
      try {
        receiver.number(first);
      } catch (RuntimeException | Error e) {
        LOG.error("a receiver of numbers threw", e);
      }
    }

    @Override
    public void fail(LcsException failure) {
      try {
        receiver.failed(failure);
      } catch (RuntimeException | Error e) {
        LOG.error("a receiver of numbers threw", e);
      }
    }

    /** It can't be cancelled. */
    @Override
    public boolean isDone() {
      return false;
    }

    @Override
    public int count() {
      return 1;
    }

    @Override
    public long since() {
      return since;
    }

    @Override
    public Waiter link() {
      return link;
    }

    @Override
    public void link(Waiter next) {
      link = next;
    }
  }
}
