package io.piplan.lcs.server;

import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.TimeNumber;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The numbers of one sequence that the leader of one term may give: those after {@code next - 1} up
 * to {@code limit}, which is stored. The next range is asked for when half of the last one is left,
 * and is as large as two seconds of what was lately given, so callers need not wait for it.
 *
 * <p>Any thread.
 */
final class SequenceState {
  /** {@link #take}: nothing is there now. */
  static final long NONE = 0;

  private static final VarHandle NEXT;
  private static final long AHEAD_NANOS = 2_000_000_000L;
  private static final int FASTEST_GROWTH = 16;
  private static final long TIME_STEP = 3_000L << 11;

  static {
    try {
      NEXT = MethodHandles.lookup().findVarHandle(SequenceState.class, "next", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int id;
  private final String name;
  private final SequencePolicy policy;
  private final Ranges ranges;
  private final LongSupplier clockMillis;
  private final LongSupplier nanos;
  private final long smallestStep;

  private final AtomicBoolean extending = new AtomicBoolean();
  private final AtomicLong floor = new AtomicLong();
  private final AtomicLong largestWanted = new AtomicLong();
  private final Queue<Parked> parked = new ConcurrentLinkedQueue<>();

  private volatile long next;
  private volatile long limit;
  private volatile long step;

  // Of whoever holds 'extending'.
  private long stored;
  private long askedFloor;
  private long rangeBegan;
  private long rangeFirst;

  /** Stores further limits. */
  interface Ranges {
    /** Answered by {@link #granted}, {@link #otherLimit} or {@link #notNow}. */
    void extend(SequenceState sequence, long expected, long limit);
  }

  /** A request that waits for a number; tries again when there may be one. */
  interface Parked {
    void again();
  }

  /**
   * @param stored limit up to which numbers may have been given by earlier leaders
   * @param clockMillis for sequences that tell the time
   * @param nanos as {@link System#nanoTime}, for the rate at which numbers are taken
   */
  SequenceState(
      LcsAnswer.Stored stored,
      long smallestStep,
      Ranges ranges,
      LongSupplier clockMillis,
      LongSupplier nanos) {
    this.id = stored.id();
    this.name = stored.name();
    this.policy = stored.policy();
    this.ranges = ranges;
    this.clockMillis = clockMillis;
    this.nanos = nanos;
    this.smallestStep =
        policy.kind() == SequencePolicy.Kind.TIME
            ? Math.max(TIME_STEP, smallestStep)
            : smallestStep;
    this.step = this.smallestStep;
    this.stored = stored.limit();
    this.next = stored.limit() + 1;
    this.limit = stored.limit();
    this.rangeBegan = nanos.getAsLong();
    this.rangeFirst = this.next;
  }

  int id() {
    return id;
  }

  String name() {
    return name;
  }

  SequencePolicy policy() {
    return policy;
  }

  /** The number that comes next, or one before it. */
  long next() {
    return next;
  }

  long limit() {
    return limit;
  }

  /** The first of {@code count} numbers, now taken; {@link #NONE} if so many aren't there. */
  long take(int count) {
    while (true) {
      // The limit first: numbers it allows are right whatever is stored meanwhile.
      long end = limit;
      long begin = next;
      long first = policy.kind() == SequencePolicy.Kind.TIME ? atLeastNow(begin) : begin;
      if (first > end || count - 1 > end - first) {
        return NONE;
      }
      long last = first + count - 1;
      if (NEXT.compareAndSet(this, begin, last + 1)) {
        if (end - last < step / 2) {
          refill();
        }
        return first;
      }
    }
  }

  private long atLeastNow(long number) {
    return Math.max(number, TimeNumber.firstOf(clockMillis.getAsLong()));
  }

  /** Whether {@code count} numbers will never be there. */
  boolean exhausted(int count) {
    long end = limit;
    long from = policy.kind() == SequencePolicy.Kind.TIME ? atLeastNow(next) : next;
    return end >= policy.last() && count > end - from + 1;
  }

  /** Waits for numbers; {@code again} is called on another thread. */
  void park(Parked waiting, int count) {
    largestWanted.accumulateAndGet(count, Math::max);
    parked.add(waiting);
    // If a range is under way, whoever brings it looks for waiting ones afterwards.
    if (!refill() && limit >= policy.last()) {
      drain();
    }
  }

  /**
   * Makes the next number larger than {@code value} if a range allows that now.
   *
   * @return false if a range has to be stored first; {@link #park} then
   */
  boolean raise(long value) {
    while (true) {
      long end = limit;
      long now = next;
      if (now > value) {
        return true;
      }
      if (value >= end) {
        floor.accumulateAndGet(value, Math::max);
        return false;
      }
      if (NEXT.compareAndSet(this, now, value + 1)) {
        return true;
      }
    }
  }

  /** Asks for the next range. False if that is under way already, or there is none. */
  boolean refill() {
    if (limit >= policy.last() || !extending.compareAndSet(false, true)) {
      return false;
    }
    adapt();
    ask();
    return true;
  }

  private void adapt() {
    long now = nanos.getAsLong();
    long given = next - rangeFirst;
    long took = Math.max(1_000_000, now - rangeBegan);
    double wanted = (double) given * AHEAD_NANOS / took;
    long most = Math.min(Long.MAX_VALUE / 4 / FASTEST_GROWTH, step) * FASTEST_GROWTH;
    step = (long) Math.max((double) smallestStep, Math.min((double) most, wanted));
  }

  private void ask() {
    askedFloor = floor.get();
    long from = Math.max(stored, askedFloor);
    if (policy.kind() == SequencePolicy.Kind.TIME) {
      from = atLeastNow(from);
    }
    long more = Math.max(step, 2 * largestWanted.getAndSet(0));
    long wanted = from > policy.last() - more ? policy.last() : from + more;
    ranges.extend(this, stored, wanted);
  }

  /** The limit that was asked for is stored. */
  void granted(long newLimit) {
    // First where to go on, then the limit: see take.
    atLeast(Math.min(newLimit, askedFloor) + 1);
    stored = newLimit;
    limit = newLimit;
    rangeBegan = nanos.getAsLong();
    rangeFirst = next;
    extending.set(false);
    drain();
  }

  /** Another limit is stored than the one known here: numbers up to it may be somebody else's. */
  void otherLimit(long storedLimit) {
    stored = storedLimit;
    floor.accumulateAndGet(storedLimit, Math::max);
    if (storedLimit >= policy.last()) {
      atLeast(storedLimit + 1);
      limit = storedLimit;
      extending.set(false);
      drain();
    } else {
      ask();
    }
  }

  /** Nothing could be stored; tried again when somebody asks. */
  void notNow() {
    extending.set(false);
    drain();
  }

  private void atLeast(long number) {
    long now = next;
    while (now < number && !NEXT.compareAndSet(this, now, number)) {
      now = next;
    }
  }

  /** Lets all that wait try again. */
  void drain() {
    for (int left = parked.size(); left > 0; left--) {
      Parked waiting = parked.poll();
      if (waiting == null) {
        return;
      }
      waiting.again();
    }
  }
}
