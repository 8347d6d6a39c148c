package io.piplan.lcs.client;

import io.piplan.lcs.NumberRange;
import java.util.concurrent.CompletableFuture;

/** A caller who waits for numbers, as a link of the list of all who do. */
abstract class Waiter<T> extends CompletableFuture<T> {
  private final int count;
  private final long since;
  private Waiter<?> link;

  Waiter(int count, long since) {
    this.count = count;
    this.since = since;
  }

  /** Gives the numbers from {@code first} on. */
  abstract void give(long first);

  final int count() {
    return count;
  }

  final long since() {
    return since;
  }

  final Waiter<?> link() {
    return link;
  }

  final void link(Waiter<?> next) {
    link = next;
  }

  static final class OfNumber extends Waiter<Long> {
    OfNumber(long since) {
      super(1, since);
    }

    @Override
    void give(long first) {
      complete(first);
    }
  }

  static final class OfRange extends Waiter<NumberRange> {
    OfRange(int count, long since) {
      super(count, since);
    }

    @Override
    void give(long first) {
      complete(new NumberRange(first, count()));
    }
  }
}
