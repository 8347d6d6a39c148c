package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Joins the callers of one sequence: while a request is under way the next callers gather, and go
 * together as one request. Only those who wait already when a request is sent get its numbers, so
 * nobody gets a number that was given before the call began; and none is kept back.
 *
 * <p>Any thread may {@link #join}; all else is on the client's event loop.
 */
final class CallerJoiner {
  private final LeaderRouter router;
  private final Supplier<CompletableFuture<Integer>> opener;
  private final AtomicReference<Waiter> arrived = new AtomicReference<>();
  private final Joined joined = new Joined();
  private final Runnable begin = this::begin;
  private final Wakeups wakeups = new Wakeups();
  private volatile boolean busy;
  private volatile int sequence = -1;

  /** Callers who didn't fit into the request under way, oldest first. */
  private Waiter left;

  /** Numbers that are asked for at once, as there may not be more; doubled when there were. */
  private int most = Integer.MAX_VALUE;

  /**
   * @param opener gets the sequence's number from the leader
   */
  CallerJoiner(LeaderRouter router, Supplier<CompletableFuture<Integer>> opener) {
    this.router = router;
    this.opener = opener;
  }

  /** What servers know the sequence by; below 0 as long as it isn't known. */
  int sequence() {
    return sequence;
  }

  /** What a {@link ThreadWaiter} of this sequence is woken by. */
  Wakeups wakeups() {
    return wakeups;
  }

  /** Whether nobody else waits, so that the request goes now. */
  boolean join(Waiter waiter) {
    Waiter last;
    do {
      last = arrived.get();
      waiter.link(last);
    } while (!arrived.compareAndSet(last, waiter));
    // Whoever ends being busy looks for arrivals after that.
    if (last != null || busy) {
      return false;
    }
    if (!router.execute(begin)) {
      fail(arrived.getAndSet(null), LeaderRouter.closedNow());
    }
    return true;
  }

  private void begin() {
    if (!busy && arrived.get() != null) {
      busy = true;
      go();
    }
  }

  /** Sends what has gathered, or ends being busy. */
  private void go() {
    while (!sendGathered()) {
      busy = false;
      if (arrived.get() == null) {
        return;
      }
      busy = true;
    }
  }

  private boolean sendGathered() {
    gather();
    if (left == null) {
      return false;
    }
    if (sequence < 0) {
      open();
    } else {
      joined.take();
      router.send(joined);
    }
    return true;
  }

  /** Puts those who arrived behind those who are left, in order. */
  private void gather() {
    Waiter newest = arrived.getAndSet(null);
    Waiter inOrder = null;
    while (newest != null) {
      Waiter before = newest.link();
      newest.link(inOrder);
      inOrder = newest;
      newest = before;
    }
    left = appended(left, inOrder);
  }

  private static Waiter appended(Waiter list, Waiter more) {
    if (list == null) {
      return more;
    }
    Waiter end = list;
    while (end.link() != null) {
      end = end.link();
    }
    end.link(more);
    return list;
  }

  private void open() {
    var unused =
        opener
            .get()
            .whenComplete(
                (number, failure) -> {
                  if (failure == null) {
                    sequence = number;
                    go();
                  } else {
                    notOpened(LeaderRouter.known(failure));
                  }
                });
  }

  /** Who came later than the one for whom it was asked has time left, and asks again. */
  private void notOpened(LcsException failure) {
    gather();
    if (failure.error() == LcsError.TIMED_OUT) {
      left = expired(left, System.nanoTime());
    } else {
      Waiter all = left;
      left = null;
      fail(all, failure);
    }
    // Not from within the router's own round through its requests.
    if (!router.execute(this::go)) {
      fail(left, LeaderRouter.closedNow());
      left = null;
      busy = false;
      fail(arrived.getAndSet(null), LeaderRouter.closedNow());
    }
  }

  private Waiter expired(Waiter list, long now) {
    Waiter kept = null;
    Waiter end = null;
    for (Waiter waiter = list; waiter != null; ) {
      Waiter next = waiter.link();
      waiter.link(null);
      if (waiter.isDone()) {
        waiter = next;
        continue;
      }
      if (now - waiter.since() > router.callTimeoutNanos()) {
        waiter.fail(LeaderRouter.timedOut());
      } else if (kept == null) {
        kept = waiter;
        end = waiter;
      } else {
        end.link(waiter);
        end = waiter;
      }
      waiter = next;
    }
    return kept;
  }

  private static void fail(Waiter list, LcsException failure) {
    Waiter waiter = list;
    while (waiter != null) {
      Waiter next = waiter.link();
      waiter.link(null);
      waiter.fail(failure);
      waiter = next;
    }
  }

  /** The request under way; one object serves all of a sequence. */
  private final class Joined extends Request {
    private Waiter first;
    private int total;

    /** Takes as many of those who are left as one request may ask for. */
    void take() {
      int limit = Math.min(most, router.largestCount());
      first = left;
      total = left.count();
      Waiter end = left;
      while (end.link() != null && total <= limit - end.link().count()) {
        end = end.link();
        total += end.count();
      }
      left = end.link();
      end.link(null);
    }

    @Override
    void write(ByteBuf out, long number) {
      Frames.next(out, number, sequence, total);
    }

    @Override
    void answered(byte type, ByteBuf in) {
      if (type != FrameType.NUMBERS) {
        failed(
            new LcsException(
                LcsError.FRAME_INVALID,
                "an answer of type " + type + " where numbers were expected",
                "use client and server of the same version"));
        return;
      }
      most = most > Integer.MAX_VALUE / 2 ? Integer.MAX_VALUE : 2 * most;
      long number = in.getLong(in.readerIndex());
      Waiter waiter = first;
      first = null;
      // Those who wait meanwhile needn't wait for what these do with their numbers.
      boolean more = sendGathered();
      while (waiter != null) {
        Waiter next = waiter.link();
        waiter.link(null);
        waiter.give(number);
        number += waiter.count();
        waiter = next;
      }
      wakeups.wakeAll();
      if (!more) {
        go();
      }
    }

    @Override
    void failed(LcsException failure) {
      Waiter all = first;
      first = null;
      if (failure.error() == LcsError.EXHAUSTED && all != null) {
        if (all.link() != null) {
          // There aren't so many; for some of them there may be.
          most = Math.max(1, total / 2);
          left = appended(all, left);
          all = null;
        } else if (all.count() == 1) {
          // There is none for anybody, however often one asks.
          gather();
          all = appended(all, left);
          left = null;
        }
      }
      fail(all, failure);
      go();
    }

    @Override
    boolean expire(long now) {
      gather();
      left = expired(left, now);
      first = expired(first, now);
      total = 0;
      for (Waiter waiter = first; waiter != null; waiter = waiter.link()) {
        total += waiter.count();
      }
      if (first != null) {
        return false;
      }
      // Not from within the router's own round through its requests.
      return router.execute(CallerJoiner.this::go);
    }
  }
}
