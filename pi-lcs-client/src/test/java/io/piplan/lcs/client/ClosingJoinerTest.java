package io.piplan.lcs.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callers who arrive when a client is closed, just when its sequence could not be opened. */
class ClosingJoinerTest {
  private static final int ROUNDS = 30;
  private static final int THREADS = 4;

  private final LeaderRouter router =
      new LeaderRouter(
          new ClientOptions(
              List.of(Endpoint.parse("127.0.0.1:1")),
              "",
              Optional.empty(),
              Duration.ofSeconds(30),
              Duration.ofSeconds(1),
              Duration.ofSeconds(1)));
  private final CompletableFuture<Integer> opening = new CompletableFuture<>();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CallerJoiner joiner =
      new CallerJoiner(
          router,
          () -> {
            asked.countDown();
            return opening;
          });

  private Waiter.OfNumber join() {
    Waiter.OfNumber waiter = new Waiter.OfNumber(System.nanoTime());
    joiner.join(waiter);
    return waiter;
  }

  private static LcsError error(Waiter.OfNumber waiter) throws Exception {
    try {
      waiter.future().get(20, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      return ((LcsException) e.getCause()).error();
    }
  }

  private void fail(LcsError why) {
    opening.completeExceptionally(new LcsException(why, "not opened", "try again"));
  }

  @ParameterizedTest
  @EnumSource(names = {"TIMED_OUT", "NAME_INVALID"})
  void eachIsTold(LcsError why) throws Exception {
    Waiter.OfNumber first = join();
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    Waiter.OfNumber second = join();
    router.close();
    Waiter.OfNumber third = join();
    fail(why);
    // Who has time left would ask again, and nobody is there to do that for him.
    LcsError told = why == LcsError.TIMED_OUT ? LcsError.CLOSED : why;
    for (Waiter.OfNumber waiter : List.of(first, second, third)) {
      assertThat(error(waiter)).isEqualTo(told);
    }
    assertThat(error(join())).isEqualTo(LcsError.CLOSED);
  }

  @Test
  void nobodyIsForgottenWhoArrivesMeanwhile() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      new ClosingJoinerTest().arriveWhileItCloses();
    }
    router.close();
  }

  private void arriveWhileItCloses() throws Exception {
    List<Waiter.OfNumber> waiters = new ArrayList<>();
    waiters.add(join());
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    CountDownLatch go = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Thread thread =
          new Thread(
              () -> {
                go.countDown();
                for (int j = 0; j < 200; j++) {
                  Waiter.OfNumber waiter = join();
                  synchronized (waiters) {
                    waiters.add(waiter);
                  }
                }
              },
              "arrives");
      threads.add(thread);
    }
    router.close();
    threads.forEach(Thread::start);
    go.await();
    fail(LcsError.TIMED_OUT);
    for (Thread thread : threads) {
      thread.join();
    }
    for (Waiter.OfNumber waiter : waiters) {
      assertThat(error(waiter)).isEqualTo(LcsError.CLOSED);
    }
  }
}
