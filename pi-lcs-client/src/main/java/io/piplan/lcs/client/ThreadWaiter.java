package io.piplan.lcs.client;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A thread that waits for one number. */
final class ThreadWaiter implements Waiter {
  private static final int WAITING = 0;

  /** It gets a number or a failure, which the thread must not look at yet. */
  private static final int TAKEN = 1;

  private static final int READY = 2;

  /** It has gone; whatever comes for it is lost. */
  private static final int GONE = 3;

  private final long since;
  private final Wakeups wakeups;
  private final Thread thread = Thread.currentThread();
  private final AtomicInteger state = new AtomicInteger(WAITING);
  private volatile boolean asleep;
  private Waiter link;
  private long number;
  private LcsException failure;

  /** Whom this thread wakes when it is woken. */
  private ThreadWaiter first;

  private ThreadWaiter second;

  ThreadWaiter(long since, Wakeups wakeups) {
    this.since = since;
    this.wakeups = wakeups;
  }

  @Override
  public void give(long given) {
    if (state.compareAndSet(WAITING, TAKEN)) {
      number = given;
      wakeups.add(this);
    }
  }

  @Override
  public void fail(LcsException why) {
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

  void wake() {
    if (asleep) {
      LockSupport.unpark(thread);
    }
  }

  /** Sleeps until there is a number. */
  long await(long timeoutNanos) {
    long begun = System.nanoTime();
    boolean interrupted = false;
    boolean late = false;
    asleep = true;
    while (state.get() != READY) {
      LockSupport.parkNanos(this, timeoutNanos);
      interrupted |= Thread.interrupted();
      late = System.nanoTime() - begun > timeoutNanos;
      if ((interrupted || late) && state.compareAndSet(WAITING, GONE)) {
        break;
      }
    }
    wakeOthers();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (isReady()) {
      return result();
    }
    throw late
        ? LeaderRouter.timedOut()
        : new LcsException(LcsError.TIMED_OUT, "interrupted while waiting", "try again");
  }

  private void wakeOthers() {
    if (first != null) {
      first.wake();
    }
    if (second != null) {
      second.wake();
    }
  }

  private long result() {
    if (failure != null) {
      // With the stack of the caller, not of the client's thread.
      throw new LcsException(failure.error(), failure.found(), failure.remedy(), failure);
    }
    return number;
  }

  @Override
  public boolean isDone() {
    return state.get() != WAITING;
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
