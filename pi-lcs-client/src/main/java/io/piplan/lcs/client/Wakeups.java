package io.piplan.lcs.client;

import java.util.Arrays;

/**
 * Wakes threads that have their numbers: the first wakes two more before it goes on, these wake two
 * more each, and so on. So the client's thread wakes one of them however many they are, and all
 * processors take part. For one thread at a time.
 */
final class Wakeups {
  private ThreadWaiter[] given = new ThreadWaiter[16];
  private int count;

  void add(ThreadWaiter waiter) {
    if (count == given.length) {
      given = Arrays.copyOf(given, 2 * count);
    }
    given[count++] = waiter;
  }

  /** Has all who were given numbers know. */
  void wakeAll() {
    ThreadWaiter first = begin();
    if (first != null) {
      first.wake();
    }
  }

  /** Has all who are awake know, and returns whom to wake for the others; null for nobody. */
  ThreadWaiter begin() {
    // Who is awake sees it by itself, and may come to it late: it has nobody to wake.
    int asleep = 0;
    for (int i = 0; i < count; i++) {
      ThreadWaiter waiter = given[i];
      given[i] = null;
      if (waiter.asleep()) {
        given[asleep++] = waiter;
      } else {
        waiter.ready();
        // It may have fallen asleep before it could see that.
        waiter.wake();
      }
    }
    count = 0;
    // From the last to the first: those whom one wakes must find it true.
    for (int i = asleep - 1; i >= 0; i--) {
      given[i].wakesNext(
          2 * i + 1 < asleep ? given[2 * i + 1] : null,
          2 * i + 2 < asleep ? given[2 * i + 2] : null);
      given[i].ready();
    }
    ThreadWaiter first = asleep > 0 ? given[0] : null;
    Arrays.fill(given, 0, asleep, null);
    return first;
  }
}
