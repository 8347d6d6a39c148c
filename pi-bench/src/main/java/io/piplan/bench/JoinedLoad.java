package io.piplan.bench;

import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Callers of the SDK: each asks for its next number as soon as it has one. */
final class JoinedLoad {
  private static final int MOST_SAMPLES = 2_000_000;

  private final LcsGroup group;
  private final double seconds;

  JoinedLoad(LcsGroup group, double seconds) {
    this.group = group;
    this.seconds = seconds;
  }

  /** Callers that wait, a thread each. */
  RateTable.Rate threads(int count) {
    try (LcsClient client = group.client()) {
      LcsSequence numbers = client.sequence("bench-threads");
      numbers.next();
      AtomicLong given = new AtomicLong();
      boolean[] stop = new boolean[1];
      AtomicReference<RuntimeException> failure = new AtomicReference<>();
      List<double[]> samples = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      long warm = System.nanoTime() + 1_500_000_000L;
      for (int i = 0; i < count; i++) {
        double[] mine = new double[MOST_SAMPLES / count];
        int[] used = new int[1];
        Thread thread =
            new Thread(
                () -> {
                  try {
                    while (!stop[0]) {
                      long begin = System.nanoTime();
                      numbers.next();
                      long end = System.nanoTime();
                      if (begin > warm) {
                        given.incrementAndGet();
                        mine[Math.min(used[0]++, mine.length - 1)] = (end - begin) / 1e3;
                      }
                      Thread.onSpinWait();
                    }
                  } catch (RuntimeException e) {
                    failure.set(e);
                  }
                  synchronized (samples) {
                    samples.add(Arrays.copyOf(mine, Math.min(used[0], mine.length)));
                  }
                });
        threads.add(thread);
        thread.start();
      }
      Pause.millis(1_500);
      long begin = System.nanoTime();
      long before = given.get();
      Pause.millis((long) (seconds * 1_000));
      double perSecond = (given.get() - before) * 1e9 / (System.nanoTime() - begin);
      stop[0] = true;
      join(threads);
      if (failure.get() != null) {
        throw failure.get();
      }
      return RateTable.Rate.of(
          perSecond, samples.stream().flatMapToDouble(Arrays::stream).toArray());
    }
  }

  private static void join(List<Thread> threads) {
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BenchException("interrupted", e);
      }
    }
  }

  /** Callers that go on when they are called back. */
  RateTable.Rate callbacks(int count) {
    try (LcsClient client = group.client()) {
      LcsSequence numbers = client.sequence("bench-callbacks");
      numbers.next();
      Callbacks all = new Callbacks(numbers);
      for (int i = 0; i < count; i++) {
        all.ask();
      }
      Pause.millis(1_500);
      long before = all.given.get();
      long begin = System.nanoTime();
      Pause.millis((long) (seconds * 1_000));
      double perSecond = (all.given.get() - before) * 1e9 / (System.nanoTime() - begin);
      all.stopped = true;
      Pause.millis(50);
      if (all.failure != null) {
        throw new BenchException("a call failed", all.failure);
      }
      return RateTable.Rate.of(perSecond);
    }
  }

  /** All on the client's thread. */
  private static final class Callbacks {
    private final LcsSequence numbers;
    private final AtomicLong given = new AtomicLong();
    private long counted;
    private volatile boolean stopped;
    private volatile Throwable failure;

    Callbacks(LcsSequence numbers) {
      this.numbers = numbers;
    }

    void ask() {
      var unused = numbers.nextAsync().whenComplete(this::answered);
    }

    private void answered(Long number, Throwable failed) {
      if (failed != null) {
        failure = failed;
        return;
      }
      counted++;
      given.lazySet(counted);
      if (!stopped) {
        ask();
      }
    }
  }
}
