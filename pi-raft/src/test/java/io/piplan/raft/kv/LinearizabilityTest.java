package io.piplan.raft.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.raft.kv.Linearizability.Call;
import io.piplan.raft.kv.VersionedRegister.Get;
import io.piplan.raft.kv.VersionedRegister.Operation;
import io.piplan.raft.kv.VersionedRegister.Put;
import io.piplan.raft.kv.VersionedRegister.Swap;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The checker finds what it is there for, and nothing else. */
class LinearizabilityTest {
  private static Call<Operation> call(long begin, long end, Operation operation) {
    return new Call<>(begin, end, operation);
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  private static boolean holds(Call<Operation>... calls) {
    return Linearizability.holds(new VersionedRegister(), List.of(calls));
  }

  @Test
  void oneAfterTheOther() {
    assertThat(holds(call(0, 1, new Put(7, 3)), call(2, 3, new Get(7, 3)))).isTrue();
    assertThat(holds(call(0, 1, new Get(0, 0)), call(2, 3, new Put(7, 3)))).isTrue();
  }

  @Test
  void aStaleReadIsFound() {
    assertThat(
            holds(call(0, 1, new Put(7, 3)), call(2, 3, new Put(8, 4)), call(4, 5, new Get(7, 3))))
        .isFalse();
    assertThat(holds(call(0, 1, new Put(7, 3)), call(2, 3, new Get(0, 0)))).isFalse();
  }

  @Test
  void aReadMayComeBeforeOrAfterAWriteBesideIt() {
    assertThat(holds(call(0, 9, new Put(7, 3)), call(2, 3, new Get(0, 0)))).isTrue();
    assertThat(holds(call(0, 9, new Put(7, 3)), call(2, 3, new Get(7, 3)))).isTrue();
    // But not after and then before.
    assertThat(
            holds(call(0, 9, new Put(7, 3)), call(2, 3, new Get(7, 3)), call(4, 5, new Get(0, 0))))
        .isFalse();
  }

  @Test
  void aLostWriteIsFound() {
    assertThat(
            holds(
                call(0, 1, new Put(7, 3)),
                call(2, 3, new Swap(3, 8, true, 5)),
                call(4, 5, new Swap(3, 9, true, 6))))
        .isFalse();
    assertThat(
            holds(
                call(0, 1, new Put(7, 3)),
                call(2, 3, new Swap(3, 8, true, 5)),
                call(4, 5, new Swap(3, 9, false, 5))))
        .isTrue();
  }

  @Test
  void anUnknownOutcomeMayBeLateOrNever() {
    Call<Operation> unknown = call(0, Linearizability.NEVER, new Put(7, -1));
    assertThat(holds(unknown, call(2, 3, new Get(0, 0)), call(4, 5, new Get(7, 9)))).isTrue();
    assertThat(holds(unknown, call(2, 3, new Get(0, 0)), call(4, 5, new Get(0, 0)))).isTrue();
    assertThat(holds(unknown, call(2, 3, new Get(7, 9)), call(4, 5, new Get(0, 0)))).isFalse();
    assertThat(holds(call(2, 3, new Get(7, 9)), call(4, Linearizability.NEVER, new Put(7, -1))))
        .isFalse();
  }

  /** Calls that surround the moment at which they happened, in a known order. */
  @Property(tries = 200)
  void whatHappenedOneAfterTheOtherHolds(@ForAll long seed) {
    Random random = new Random(seed);
    List<Call<Operation>> calls = new ArrayList<>();
    long value = 0;
    long version = 0;
    for (int moment = 100; moment < 160; moment++) {
      int begin = moment - random.nextInt(6);
      int end = moment + random.nextInt(6);
      Operation operation;
      switch (random.nextInt(3)) {
        case 0 -> {
          value = moment;
          version = moment;
          operation = new Put(value, version);
        }
        case 1 -> {
          long expected = random.nextBoolean() ? version : version + 1_000;
          boolean done = expected == version;
          if (done) {
            value = -moment;
            version = moment;
          }
          operation = new Swap(expected, -moment, done, version);
        }
        default -> operation = new Get(value, version);
      }
      calls.add(call(2L * begin, 2L * end + 1, operation));
    }
    assertThat(Linearizability.holds(new VersionedRegister(), calls)).isTrue();
  }

  /** Short histories, of which many are not possible: both ways find the same. */
  @Property(tries = 1_000)
  void versionsTellTheSameAsTheSearch(@ForAll long seed) {
    Random random = new Random(seed);
    List<Call<Operation>> calls = history(random, 10 + random.nextInt(20), 0);
    for (int i = random.nextInt(3); i > 0; i--) {
      Call<Operation> source = calls.get(random.nextInt(calls.size()));
      int place = random.nextInt(calls.size());
      Call<Operation> old = calls.get(place);
      if (old.operation() instanceof Get && source.operation() instanceof Put put) {
        calls.set(place, call(old.begin(), old.end(), new Get(put.value(), put.version())));
      } else if (random.nextBoolean()) {
        calls.set(place, call(source.end() + 2, source.end() + 4, old.operation()));
      }
    }
    assertThat(VersionOrder.violations(calls).isEmpty())
        .as("%s", VersionOrder.violations(calls))
        .isEqualTo(Linearizability.holds(new VersionedRegister(), calls));
  }

  /** A third of the writes have no answer, and half of these happened. */
  @Property(tries = 200)
  void whatHappenedHoldsAlsoWithLostAnswers(@ForAll long seed) {
    List<Call<Operation>> calls = history(new Random(seed), 300, 3);
    assertThat(VersionOrder.violations(calls)).isEmpty();
    calls.add(call(10_000, 10_001, new Put(5_000, 5_000)));
    calls.add(call(10_002, 10_003, new Get(0, 0)));
    assertThat(VersionOrder.violations(calls)).isNotEmpty();
  }

  @Test
  void anAddThatIsDoneTwiceIsFound() {
    List<Call<Counter.Operation>> twice =
        List.of(
            new Call<>(0, 1, new Counter.Add(1)),
            new Call<>(2, 3, new Counter.Add(3)),
            new Call<>(4, 5, new Counter.Read(3)));
    assertThat(Linearizability.holds(new Counter(), twice)).isFalse();
    assertThat(CounterOrder.violations(twice)).containsExactly("nobody can have made the sum 2");
    List<Call<Counter.Operation>> lost = new ArrayList<>(twice);
    lost.add(new Call<>(2, Linearizability.NEVER, new Counter.UnknownAdd()));
    assertThat(Linearizability.holds(new Counter(), lost)).isTrue();
    assertThat(CounterOrder.violations(lost)).isEmpty();
  }

  /** Some answers are wrong, some calls come at another time: both ways find the same. */
  @Property(tries = 1_000)
  void sumsTellTheSameAsTheSearch(@ForAll long seed) {
    Random random = new Random(seed);
    List<Call<Counter.Operation>> calls = counts(random, 8 + random.nextInt(10));
    for (int i = random.nextInt(3); i > 0; i--) {
      int place = random.nextInt(calls.size());
      Call<Counter.Operation> old = calls.get(place);
      if (old.end() == Linearizability.NEVER) {
        continue;
      }
      long shift = (long) random.nextInt(7) - 3;
      Counter.Operation other =
          old.operation() instanceof Counter.Add add
              ? new Counter.Add(Math.max(1, add.sum() + shift))
              : new Counter.Read(Math.max(0, ((Counter.Read) old.operation()).sum() + shift));
      calls.set(
          place,
          random.nextBoolean()
              ? new Call<>(old.begin(), old.end(), other)
              : new Call<>(old.begin() + 4 * shift, old.end() + 4 * shift, old.operation()));
    }
    assertThat(CounterOrder.violations(calls).isEmpty())
        .as("%s of %s", CounterOrder.violations(calls), calls)
        .isEqualTo(Linearizability.holds(new Counter(), calls));
  }

  /** Of calls that surround the moment at which they happened; some adds have no answer. */
  private static List<Call<Counter.Operation>> counts(Random random, int moments) {
    List<Call<Counter.Operation>> calls = new ArrayList<>();
    long sum = 0;
    for (int moment = 100; moment < 100 + moments; moment++) {
      long begin = 2L * (moment - random.nextInt(4));
      long end = 2L * (moment + random.nextInt(4)) + 1;
      switch (random.nextInt(5)) {
        case 0 -> {
          sum += random.nextInt(2);
          calls.add(new Call<>(begin, Linearizability.NEVER, new Counter.UnknownAdd()));
        }
        case 1, 2 -> calls.add(new Call<>(begin, end, new Counter.Add(++sum)));
        default -> calls.add(new Call<>(begin, end, new Counter.Read(sum)));
      }
    }
    return calls;
  }

  /** Of calls that surround the moment at which they happened; one write in some has no answer. */
  private static List<Call<Operation>> history(Random random, int moments, int someLost) {
    List<Call<Operation>> calls = new ArrayList<>();
    long value = 0;
    long version = 0;
    for (int moment = 100; moment < 100 + moments; moment++) {
      long begin = 2L * (moment - random.nextInt(6));
      long end = 2L * (moment + random.nextInt(6)) + 1;
      boolean lost = someLost > 0 && random.nextInt(someLost) == 0;
      boolean happened = !lost || random.nextBoolean();
      long seenValue = value;
      long seenVersion = version;
      switch (random.nextInt(4)) {
        case 0 -> {
          if (happened) {
            value = moment;
            version = moment;
          }
          Operation put = new Put(moment, lost ? -1 : moment);
          calls.add(call(begin, lost ? Linearizability.NEVER : end, put));
        }
        case 1 -> {
          long expected = random.nextBoolean() ? version : version + 1_000;
          boolean done = happened && expected == version;
          if (done) {
            value = moment;
            version = moment;
          }
          calls.add(
              lost
                  ? call(
                      begin,
                      Linearizability.NEVER,
                      new VersionedRegister.UnknownSwap(expected, moment))
                  : call(begin, end, new Swap(expected, moment, done, version)));
        }
        default -> calls.add(call(begin, end, new Get(seenValue, seenVersion)));
      }
    }
    return calls;
  }
}
