package io.piplan.lcs.client;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A thread that waits for one number. */
final class ThreadWaiter extends Waiter {
  private static final int WAITING = 0;

  /** It gets a number or a failure, which the thread must not look at yet. */
  private static final int TAKEN = 1;

  private static final int READY = 2;

  /** It has gone; whatever comes for it is lost. */
  private static final int GONE = 3;

  /** It is to ask for all who wait. */
  private static final int TURN = 4;

  private final Wakeups wakeups;
  private final Thread thread = Thread.currentThread();
  private final AtomicInteger state = new AtomicInteger(WAITING);
  private volatile boolean asleep;
  private int depth;
  private long number;
  private LcsException failure;

  /** Whom this thread wakes when it is woken. */
  private ThreadWaiter first;

  private ThreadWaiter second;

  private final long begun = System.nanoTime();
  private boolean interrupted;
  private boolean late;

  /**
   * @param wakeups of whoever calls {@link #give}
   */
  ThreadWaiter(long since, Wakeups wakeups) {
    super(1, since);
    this.wakeups = wakeups;
  }

  @Override
  void give(long given) {
    if (take(given)) {
      wakeups.add(this);
    }
  }

  /** Whether it still waited; the thread knows when it is {@link #ready}. */
  boolean take(long given) {
    if (!state.compareAndSet(WAITING, TAKEN)) {
      return false;
    }
    number = given;
    return true;
  }

  @Override
  void fail(LcsException why) {
    if (state.compareAndSet(WAITING, TAKEN)) {
      failure = why;
      ready();
      wake();
    }
  }

  boolean asleep() {
    return asleep;
  }

  void wakesNext(ThreadWaiter one, ThreadWaiter other) {
    first = one;
    second = other;
  }

  void ready() {
    state.set(READY);
  }

  boolean isReady() {
    return state.get() == READY;
  }

  /** Has its turn begin; false if it waits no more. */
  boolean begin() {
    if (!state.compareAndSet(WAITING, TURN)) {
      return false;
    }
    wake();
    return true;
  }

  void wake() {
    if (asleep) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * Sleeps until there is a number or a failure, or the time is up, or its turn begins.
   *
   * @return whether it is its turn
   */
  boolean sleep(long timeoutNanos) {
    asleep = true;
    while (true) {
      int now = state.get();
      if (now == READY) {
        wakeOthers();
        return false;
      }
      if (now == TURN) {
        asleep = false;
        state.set(WAITING);
        return true;
      }
      LockSupport.parkNanos(this, timeoutNanos);
      interrupted |= Thread.interrupted();
      late = System.nanoTime() - begun > timeoutNanos;
      if ((interrupted || late) && state.compareAndSet(WAITING, GONE)) {
        return false;
      }
    }
  }

  private void wakeOthers() {
    if (first != null) {
      first.wake();
    }
    if (second != null) {
      second.wake();
    }
  }

  /** After {@link #sleep}. */
  long result() {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!isReady()) {
      throw late
          ? LeaderRouter.timedOut()
          : new LcsException(LcsError.TIMED_OUT, "interrupted while waiting", "try again");
    }
    if (failure != null) {
      // With the stack of the caller, not of the client's thread.
      throw new LcsException(failure.error(), failure.found(), failure.remedy(), failure);
    }
    return number;
  }

  @Override
  boolean isDone() {
    return state.get() != WAITING;
  }

  /** The same as {@link #link}, among threads. */
  ThreadWaiter next() {
    return (ThreadWaiter) link();
  }

  void behind(ThreadWaiter before) {
    link(before);
    depth = before == null ? 1 : before.depth + 1;
  }

  /** How many it is the last of. */
  int depth() {
    return depth;
  }
}
