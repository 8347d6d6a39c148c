package io.piplan.lcs.server;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/** Numbers a second over the last ten seconds. */
final class NumberRate {
  private static final int SAMPLES = 11;

  private record Sample(long nanos, long numbers) {}

  private final LongSupplier numbers;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  NumberRate(LongSupplier numbers) {
    this.numbers = numbers;
  }

  synchronized void sample(long nanos) {
    samples.addLast(new Sample(nanos, numbers.getAsLong()));
    if (samples.size() > SAMPLES) {
      samples.removeFirst();
    }
  }

  synchronized double perSecond() {
    if (samples.size() < 2) {
      return 0;
    }
    Sample first = samples.peekFirst();
    Sample last = samples.peekLast();
    return (last.numbers() - first.numbers()) * 1e9 / (last.nanos() - first.nanos());
  }
}
