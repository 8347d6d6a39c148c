package io.piplan.bench;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import io.piplan.lcs.client.NumberReceiver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;

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

  /** One caller that waits, while another client has so many callbacks. */
  RateTable.Rate threadBeside(int callbacks) {
    try (LcsClient client = group.client()) {
      Receivers all = new Receivers(client.sequence("bench-callbacks"), 0);
      for (int i = 0; i < callbacks; i++) {
        all.ask();
      }
      RateTable.Rate rate = threads(1);
      all.stop();
      return rate;
    }
  }

  /** Callers that go on when they are called back. */
  RateTable.Rate callbacks(int count) {
    return run(count, (numbers, samples) -> new Receivers(numbers, samples));
  }

  /** The same with a future for each number. */
  RateTable.Rate futures(int count) {
    return run(count, (numbers, samples) -> new Futures(numbers, samples));
  }

  private RateTable.Rate run(int count, BiFunction<LcsSequence, Integer, Asking> made) {
    try (LcsClient client = group.client()) {
      LcsSequence numbers = client.sequence("bench-callbacks");
      numbers.next();
      Asking all = made.apply(numbers, count == 1 ? MOST_SAMPLES : 0);
      for (int i = 0; i < count; i++) {
        all.ask();
      }
      Pause.millis(1_500);
      all.sampling = true;
      long before = all.given.get();
      long begin = System.nanoTime();
      Pause.millis((long) (seconds * 1_000));
      double perSecond = (all.given.get() - before) * 1e9 / (System.nanoTime() - begin);
      all.stop();
      return RateTable.Rate.of(perSecond, all.samples());
    }
  }

  /** All on the client's thread. */
  private abstract static class Asking {
    private final AtomicLong given = new AtomicLong();
    private final double[] samples;
    private long counted;
    private int sampled;
    private long asked;
    private volatile boolean sampling;
    private volatile boolean stopped;
    private volatile Throwable failure;

    Asking(int samples) {
      this.samples = new double[samples];
    }

    abstract void askNow();

    final void ask() {
      if (samples.length > 0) {
        asked = System.nanoTime();
      }
      askNow();
    }

    final void given() {
      if (sampling && sampled < samples.length) {
        samples[sampled++] = (System.nanoTime() - asked) / 1e3;
      }
      counted++;
      given.lazySet(counted);
      if (!stopped) {
        ask();
      }
    }

    final void failedWith(Throwable why) {
      failure = why;
    }

    final void stop() {
      stopped = true;
      Pause.millis(50);
      if (failure != null) {
        throw new BenchException("a call failed", failure);
      }
    }

    final double[] samples() {
      return Arrays.copyOf(samples, sampled);
    }
  }

  private static final class Receivers extends Asking implements NumberReceiver {
    private final LcsSequence numbers;

    Receivers(LcsSequence numbers, int samples) {
      super(samples);
      this.numbers = numbers;
    }

    @Override
    void askNow() {
      numbers.next(this);
    }

    @Override
    public void number(long number) {
      given();
    }

    @Override
    public void failed(LcsException why) {
      failedWith(why);
    }
  }

  private static final class Futures extends Asking {
    private final LcsSequence numbers;

    Futures(LcsSequence numbers, int samples) {
      super(samples);
      this.numbers = numbers;
    }

    @Override
    void askNow() {
      var unused = numbers.nextAsync().whenComplete(this::answered);
    }

    private void answered(Long number, Throwable why) {
      if (why == null) {
        given();
      } else {
        failedWith(why);
      }
    }
  }
}
