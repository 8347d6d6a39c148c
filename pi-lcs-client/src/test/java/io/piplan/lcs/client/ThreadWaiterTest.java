package io.piplan.lcs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ThreadWaiterTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final Wakeups wakeups = new Wakeups();

  private static long result(ThreadWaiter mine, long timeoutNanos) {
    assertThat(mine.sleep(timeoutNanos)).isFalse();
    return mine.result();
  }

  /** A thread that waits, and what it got. */
  private final class Caller {
    private final CompletableFuture<ThreadWaiter> waiter = new CompletableFuture<>();
    private final CompletableFuture<Long> got = new CompletableFuture<>();
    private final Thread thread;

    Caller(long timeoutNanos) {
      thread =
          new Thread(
              () -> {
                ThreadWaiter mine = new ThreadWaiter(System.nanoTime(), wakeups);
                waiter.complete(mine);
                try {
                  got.complete(result(mine, timeoutNanos));
                } catch (LcsException e) {
                  got.completeExceptionally(e);
                }
              });
      thread.start();
    }

    void sleeps() throws InterruptedException {
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.sleep(1);
      }
    }
  }

  private List<Caller> callers(int count) throws InterruptedException {
    List<Caller> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(new Caller(MINUTE));
    }
    for (Caller one : all) {
      one.sleeps();
    }
    return all;
  }

  @Test
  void eachOfManyGetsItsNumber() throws Exception {
    for (int count : new int[] {1, 2, 3, 64, 500}) {
      List<Caller> all = callers(count);
      for (int i = 0; i < count; i++) {
        all.get(i).waiter.join().give(1_000 + i);
      }
      wakeups.wakeAll();
      for (int i = 0; i < count; i++) {
        assertThat(all.get(i).got.join()).isEqualTo(1_000 + i);
      }
    }
  }

  @Test
  void whoIsGoneIsNotWaitedFor() throws Exception {
    List<Caller> all = callers(40);
    for (int i = 0; i < 40; i += 3) {
      all.get(i).thread.interrupt();
      all.get(i).thread.join();
    }
    for (int i = 0; i < 40; i++) {
      all.get(i).waiter.join().give(i);
    }
    wakeups.wakeAll();
    for (int i = 0; i < 40; i++) {
      CompletableFuture<Long> got = all.get(i).got;
      if (i % 3 == 0) {
        assertThat(all.get(i).waiter.join().isDone()).isTrue();
        assertThatThrownBy(got::join).hasMessageContaining("interrupted while waiting");
      } else {
        assertThat(got.join()).isEqualTo(i);
      }
    }
  }

  /** Its thread has the number in any case, and stays interrupted. */
  @Test
  void whoIsInterruptedWhileItIsGivenOneWakesTheOthers() throws Exception {
    List<Caller> all = callers(10);
    for (int i = 0; i < 10; i++) {
      all.get(i).waiter.join().give(i);
    }
    all.get(0).thread.interrupt();
    Thread.sleep(20);
    assertThat(all.get(0).got).isNotDone();
    wakeups.wakeAll();
    for (int i = 0; i < 10; i++) {
      assertThat(all.get(i).got.join()).isEqualTo(i);
    }
  }

  @Test
  void aFailureIsThrownByTheCaller() throws Exception {
    Caller caller = callers(1).get(0);
    caller.waiter.join().fail(new LcsException(LcsError.CLOSED, "the client is closed", "none"));
    assertThatThrownBy(caller.got::join)
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("the client is closed");
  }

  @Test
  void itEndsByItselfWhenNobodyComes() {
    Caller caller = new Caller(TimeUnit.MILLISECONDS.toNanos(30));
    assertThatThrownBy(caller.got::join).hasMessageContaining("no answer within the time-out");
    caller.waiter.join().give(7);
    wakeups.wakeAll();
  }
}
