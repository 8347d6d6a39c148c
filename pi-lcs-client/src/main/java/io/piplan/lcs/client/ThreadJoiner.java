package io.piplan.lcs.client;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Joins the threads that wait for numbers of one sequence: it is the turn of one of them to ask for
 * all who have come, on the {@link DirectLine}; it gives them their numbers, has the next one's
 * turn begin, and goes on with its own number. As in {@link CallerJoiner} only those who wait
 * already when a request is sent get its numbers.
 */
final class ThreadJoiner {
  private final LeaderRouter router;
  private final DirectLine line;
  private final CallerJoiner others;
  private final BriefWait briefly = new BriefWait();
  private final AtomicReference<ThreadWaiter> arrived = new AtomicReference<>();

  /** Whether it is somebody's turn; what is below belongs to whose it is. */
  private final AtomicBoolean asking = new AtomicBoolean();

  private final Wakeups wakeups = new Wakeups();
  private final Gathering gathering = new Gathering();

  /** Those taken out of {@link #arrived}, oldest first. */
  private ThreadWaiter left;

  /**
   * @param others what serves callers without threads, and threads where the line doesn't
   */
  ThreadJoiner(LeaderRouter router, CallerJoiner others) {
    this.router = router;
    this.line = router.line();
    this.others = others;
  }

  long next() {
    ThreadWaiter mine = new ThreadWaiter(router.now(), others.wakeups());
    if (!line.mayServe() || others.sequence() < 0) {
      byOtherWay(mine);
    } else {
      arrive(mine);
      if (asking.compareAndSet(false, true)) {
        turn(mine);
      }
    }
    // The router gives up in time; this is for the case that its thread is held up.
    long longest = 2 * router.callTimeoutNanos() + 5_000_000_000L;
    while (mine.sleep(longest)) {
      turn(mine);
    }
    return mine.result();
  }

  private void byOtherWay(ThreadWaiter mine) {
    if (others.join(mine)) {
      briefly.await(mine);
    }
  }

  private void arrive(ThreadWaiter waiter) {
    ThreadWaiter last;
    do {
      last = arrived.get();
      waiter.behind(last);
    } while (!arrived.compareAndSet(last, waiter));
  }

  private void turn(ThreadWaiter mine) {
    ThreadWaiter toWake = null;
    try {
      // Whose turn it was before may have taken this one along.
      if (!mine.isDone()) {
        gathering.await(arrived);
        gather();
        toWake = askForAll(mine);
      }
    } finally {
      passOn();
      if (toWake != null) {
        toWake.wake();
      }
    }
  }

  /** Puts those who arrived behind those who are left, in order. */
  private void gather() {
    ThreadWaiter newest = arrived.getAndSet(null);
    ThreadWaiter inOrder = null;
    while (newest != null) {
      ThreadWaiter before = newest.next();
      newest.behind(inOrder);
      inOrder = newest;
      newest = before;
    }
    if (left == null) {
      left = inOrder;
      return;
    }
    ThreadWaiter end = left;
    while (end.next() != null) {
      end = end.next();
    }
    end.behind(inOrder);
  }

  /** Returns whom to wake, who wakes the others. */
  private ThreadWaiter askForAll(ThreadWaiter mine) {
    ThreadWaiter all = left;
    left = null;
    if (all == null) {
      // This one was taken along, and handed over since the line failed.
      return null;
    }
    int count = 0;
    for (ThreadWaiter each = all; each != null; each = each.next()) {
      count++;
    }
    gathering.had(count);
    long first = DirectLine.NONE;
    try {
      if (count <= router.largestCount() && !Thread.currentThread().isInterrupted()) {
        first = line.ask(others.sequence(), count);
      }
    } finally {
      if (first == DirectLine.NONE) {
        handOver(all, mine);
      }
    }
    if (first == DirectLine.NONE) {
      return null;
    }
    long number = first;
    for (ThreadWaiter each = all; each != null; ) {
      // Who has its number may be gone at once, and be somewhere else.
      ThreadWaiter next = each.next();
      each.behind(null);
      if (each.take(number)) {
        wakeups.add(each);
      }
      number++;
      each = next;
    }
    return wakeups.begin();
  }

  private void handOver(ThreadWaiter all, ThreadWaiter mine) {
    boolean alone = all == mine && mine.next() == null;
    for (ThreadWaiter each = all; each != null; ) {
      ThreadWaiter next = each.next();
      each.behind(null);
      if (alone) {
        byOtherWay(each);
      } else {
        others.join(each);
      }
      each = next;
    }
  }

  /** Has the turn of the oldest who waits begin, or ends the turns. */
  private void passOn() {
    do {
      gather();
      while (left != null) {
        if (left.begin()) {
          return;
        }
        left = left.next();
      }
      asking.set(false);
    } while (arrived.get() != null && asking.compareAndSet(false, true));
  }
}
