package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.TimeNumber;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SequenceStateTest {
  private static final SequencePolicy SMALL =
      new SequencePolicy(SequencePolicy.Kind.COUNTER, 1, 1_000);

  /** What a group would store; asked at once, or when told to. */
  private static final class Store implements SequenceState.Ranges {
    private final SequencePolicy policy;
    private final boolean atOnce;
    private final List<Runnable> waiting = new ArrayList<>();
    private long limit;
    private int asked;

    Store(SequencePolicy policy, boolean atOnce) {
      this.policy = policy;
      this.atOnce = atOnce;
    }

    @Override
    public void extend(SequenceState sequence, long expected, long wanted) {
      asked++;
      Runnable answer = () -> answer(sequence, expected, wanted);
      if (atOnce) {
        answer.run();
      } else {
        waiting.add(answer);
      }
    }

    private void answer(SequenceState sequence, long expected, long wanted) {
      if (expected != limit) {
        sequence.otherLimit(limit);
        return;
      }
      limit = Math.min(wanted, policy.last());
      sequence.granted(limit);
    }

    void answerAll() {
      while (!waiting.isEmpty()) {
        waiting.remove(0).run();
      }
    }
  }

  private static SequenceState sequence(Store store, long step, long millis) {
    return new SequenceState(
        new LcsAnswer.Stored(0, "a", store.policy, store.limit),
        step,
        store,
        () -> millis,
        System::nanoTime);
  }

  @Test
  void nothingIsGivenBeforeItIsStored() {
    Store store = new Store(SequencePolicy.COUNTER, false);
    SequenceState sequence = sequence(store, 100, 0);
    assertThat(sequence.take(1)).isEqualTo(SequenceState.NONE);
    List<Long> taken = new ArrayList<>();
    sequence.park(() -> taken.add(sequence.take(3)), 3);
    assertThat(taken).isEmpty();
    store.answerAll();
    assertThat(taken).containsExactly(1L);
    assertThat(sequence.take(1)).isEqualTo(4);
  }

  @Test
  void theNextRangeIsAskedForWhenHalfIsLeft() {
    Store store = new Store(SequencePolicy.COUNTER, true);
    SequenceState sequence = sequence(store, 100, 0);
    sequence.refill();
    assertThat(store.asked).isEqualTo(1);
    sequence.take(49);
    assertThat(store.asked).isEqualTo(1);
    sequence.take(2);
    assertThat(store.asked).isEqualTo(2);
  }

  @Test
  void aCountLargerThanAStepGetsItsRange() {
    Store store = new Store(SequencePolicy.COUNTER, true);
    SequenceState sequence = sequence(store, 10, 0);
    List<Long> taken = new ArrayList<>();
    sequence.park(() -> taken.add(sequence.take(100_000)), 100_000);
    assertThat(taken).containsExactly(1L);
    assertThat(sequence.next()).isEqualTo(100_001);
  }

  @Test
  void theLastNumbersAreGivenAndNoMore() {
    Store store = new Store(SMALL, true);
    SequenceState sequence = sequence(store, 100, 0);
    sequence.refill();
    long sum = 0;
    for (int i = 0; i < 333; i++) {
      assertThat(sequence.take(3)).isEqualTo(sum + 1);
      sum += 3;
    }
    assertThat(sequence.exhausted(2)).isTrue();
    assertThat(sequence.exhausted(1)).isFalse();
    assertThat(sequence.take(2)).isEqualTo(SequenceState.NONE);
    assertThat(sequence.take(1)).isEqualTo(1_000);
    assertThat(sequence.exhausted(1)).isTrue();
    assertThat(sequence.refill()).isFalse();
  }

  @Test
  void theLargestNumbersDoNotOverflow() {
    SequencePolicy end =
        new SequencePolicy(
            SequencePolicy.Kind.COUNTER, SequencePolicy.LARGEST - 5, SequencePolicy.LARGEST);
    Store store = new Store(end, true);
    store.limit = end.first() - 1;
    SequenceState sequence = sequence(store, 100, 0);
    sequence.refill();
    assertThat(sequence.take(Integer.MAX_VALUE)).isEqualTo(SequenceState.NONE);
    assertThat(sequence.take(6)).isEqualTo(SequencePolicy.LARGEST - 5);
    assertThat(sequence.exhausted(1)).isTrue();
  }

  @Test
  void raisingWithinTheRangeIsImmediateAndBeyondItIsStoredFirst() {
    Store store = new Store(SequencePolicy.COUNTER, false);
    SequenceState sequence = sequence(store, 100, 0);
    sequence.refill();
    store.answerAll();
    assertThat(sequence.raise(50)).isTrue();
    assertThat(sequence.take(1)).isEqualTo(51);
    assertThat(sequence.raise(20)).isTrue();
    assertThat(sequence.take(1)).isEqualTo(52);
    store.answerAll();
    assertThat(sequence.raise(5_000)).isFalse();
    sequence.park(() -> {}, 1);
    store.answerAll();
    assertThat(sequence.raise(5_000)).isTrue();
    assertThat(sequence.take(1)).isEqualTo(5_001);
    assertThat(store.limit).isGreaterThan(5_001);
  }

  @Test
  void aRaiseWhileARangeIsUnderWayIsNotForgotten() {
    Store store = new Store(SequencePolicy.COUNTER, false);
    SequenceState sequence = sequence(store, 100, 0);
    sequence.refill();
    assertThat(sequence.raise(5_000)).isFalse();
    List<Boolean> raised = new ArrayList<>();
    Runnable[] again = new Runnable[1];
    again[0] =
        () -> {
          boolean done = sequence.raise(5_000);
          raised.add(done);
          if (!done) {
            sequence.park(again[0]::run, 1);
          }
        };
    sequence.park(again[0]::run, 1);
    store.answerAll();
    assertThat(raised).endsWith(true);
    assertThat(sequence.take(1)).isEqualTo(5_001);
  }

  @Test
  void numbersThatAnotherLeaderMayHaveGivenAreSkipped() {
    Store store = new Store(SequencePolicy.COUNTER, true);
    SequenceState sequence = sequence(store, 100, 0);
    sequence.refill();
    assertThat(sequence.take(1)).isEqualTo(1);
    store.limit = 7_777;
    sequence.take(60);
    assertThat(sequence.take(1)).isEqualTo(7_778);
  }

  @Test
  void numbersThatTellTheTimeNeverGoBackWithTheClock() {
    long[] millis = {1_800_000_000_000L};
    Store store = new Store(SequencePolicy.TIME, true);
    SequenceState sequence =
        new SequenceState(
            new LcsAnswer.Stored(0, "a", SequencePolicy.TIME, 0),
            100,
            store,
            () -> millis[0],
            System::nanoTime);
    sequence.refill();
    long first = sequence.take(1);
    assertThat(TimeNumber.timeOf(first).toEpochMilli()).isEqualTo(millis[0]);
    millis[0] -= 3_600_000;
    assertThat(sequence.take(1)).isEqualTo(first + 1);
    millis[0] += 3_600_000 + 500;
    assertThat(TimeNumber.timeOf(sequence.take(1)).toEpochMilli()).isEqualTo(millis[0]);
    millis[0] += 60_000;
    assertThat(sequence.take(1)).isEqualTo(SequenceState.NONE);
    sequence.refill();
    assertThat(TimeNumber.timeOf(sequence.take(1)).toEpochMilli()).isEqualTo(millis[0]);
    // The end of time.
    millis[0] = 4_000_000_000_000L;
    sequence.refill();
    assertThat(sequence.take(5)).isEqualTo(SequenceState.NONE);
    assertThat(sequence.exhausted(5)).isTrue();
  }

  private static final long SMALLEST = 100;
  private static final int TICKS = 1_000;

  /** Numbers that are asked for at a rate, and how many ranges that took in the last second. */
  private static final class Demand {
    private final Store store = new Store(SequencePolicy.COUNTER, true);
    private final long[] nanos = {0};
    private final SequenceState sequence =
        new SequenceState(
            new LcsAnswer.Stored(0, "a", SequencePolicy.COUNTER, 0),
            SMALLEST,
            store,
            () -> 0,
            () -> nanos[0]);
    private long waited;

    /** For some seconds; returns the ranges stored in the last one of these. */
    int at(int perSecond, int seconds) {
      int before = 0;
      for (int tick = 0; tick < seconds * TICKS; tick++) {
        before = tick == (seconds - 1) * TICKS ? store.asked : before;
        nanos[0] += 1_000_000_000L / TICKS;
        for (int i = 0; i < perSecond / TICKS; i++) {
          if (sequence.take(1) == SequenceState.NONE) {
            waited++;
            sequence.refill();
          }
        }
      }
      return store.asked - before;
    }

    long ahead() {
      return sequence.limit() - sequence.next();
    }
  }

  /** A kill costs what is ahead: at most some seconds of what was lately given. */
  @Test
  void rangesGrowAndShrinkWithTheRate() {
    Demand demand = new Demand();
    // A range that was stored at a higher rate is used up first.
    int[] seconds = {20, 20, 20, 60, 200};
    int[] rates = {1_000, 50_000, 500_000, 50_000, 1_000};
    for (int i = 0; i < rates.length; i++) {
      int perSecond = rates[i];
      assertThat(demand.at(perSecond, seconds[i]))
          .as("ranges a second at %d", perSecond)
          .isBetween(0, 2);
      assertThat(demand.ahead())
          .as("ahead at %d a second", perSecond)
          .isBetween((long) perSecond / 2, 5L * perSecond);
    }
    assertThat(demand.waited).as("who had to wait, of 14 million").isLessThan(100);
    Demand nobody = new Demand();
    nobody.at(1_000, 1);
    nobody.nanos[0] += 3_600_000_000_000L;
    nobody.at(1_000, 1);
    assertThat(nobody.ahead()).isGreaterThanOrEqualTo(SMALLEST / 2);
  }

  @Property(tries = 200)
  void whateverHappensNumbersGrowBelowWhatIsStored(@ForAll long seed) {
    Random random = new Random(seed);
    Store store = new Store(SequencePolicy.COUNTER, false);
    SequenceState sequence = sequence(store, 50, 0);
    long last = 0;
    for (int i = 0; i < 300; i++) {
      switch (random.nextInt(6)) {
        case 0 -> store.answerAll();
        case 1 -> store.limit += random.nextInt(100);
        case 2 -> {
          long to = last + random.nextInt(300);
          if (sequence.raise(to)) {
            last = Math.max(last, to);
          } else {
            sequence.refill();
          }
        }
        default -> {
          int count = 1 + random.nextInt(40);
          long first = sequence.take(count);
          if (first == SequenceState.NONE) {
            sequence.refill();
          } else {
            assertThat(first).isGreaterThan(last);
            last = first + count - 1;
            assertThat(last).isLessThanOrEqualTo(store.limit);
          }
        }
      }
    }
  }

  @Test
  void threadsGetDifferentNumbers() throws Exception {
    Store store = new Store(SequencePolicy.COUNTER, true);
    SequenceState sequence = sequence(store, 1_000_000, 0);
    sequence.refill();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<long[]>> all = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      all.add(
          threads.submit(
              () -> IntStream.range(0, 50_000).mapToLong(i -> sequence.take(1)).toArray()));
    }
    long[] taken = new long[0];
    for (Future<long[]> one : all) {
      long[] of = one.get();
      assertThat(of).isSorted();
      int old = taken.length;
      taken = Arrays.copyOf(taken, old + of.length);
      System.arraycopy(of, 0, taken, old, of.length);
    }
    threads.shutdown();
    Arrays.sort(taken);
    assertThat(taken).isEqualTo(java.util.stream.LongStream.rangeClosed(1, 200_000).toArray());
  }
}
