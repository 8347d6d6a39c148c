package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whichever limit is the narrower one holds, and changes count at once. */
@Timeout(30)
class CopyRateTest {
  private final CopyRate rate = new CopyRate();

  private Duration took(int rows, long bytes) throws InterruptedException {
    long begin = System.nanoTime();
    rate.took(rows, bytes);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  @Test
  void noLimitNoWaiting() throws InterruptedException {
    assertThat(took(1_000_000, 1L << 40)).isLessThan(Duration.ofMillis(200));
  }

  @Test
  void theNarrowerOneCounts() throws InterruptedException {
    rate.set(new CopyRateEvent(1_000, 1_000_000, false));
    assertThat(took(300, 1)).isBetween(Duration.ofMillis(290), Duration.ofSeconds(5));
    assertThat(took(1, 300_000)).isBetween(Duration.ofMillis(290), Duration.ofSeconds(5));
  }

  @Test
  void aNewLimitEndsTheWaitForTheOldOne() throws Exception {
    rate.set(new CopyRateEvent(1, 0, false));
    CompletableFuture<Duration> waiting = waiting(100);
    assertThat(waiting.isDone()).isFalse();
    rate.set(new CopyRateEvent(0, 0, false));
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void restingStopsAndAwaking() throws Exception {
    rate.set(new CopyRateEvent(0, 0, true));
    CompletableFuture<Duration> waiting = waiting(1);
    assertThat(waiting.isDone()).isFalse();
    rate.wake();
    waiting.get(10, TimeUnit.SECONDS);
    waiting = waiting(1);
    assertThat(waiting.isDone()).isFalse();
    rate.set(new CopyRateEvent(0, 0, false));
    waiting.get(10, TimeUnit.SECONDS);
  }

  /** Runs in another thread and gives it the time to get stuck. */
  private CompletableFuture<Duration> waiting(int rows) throws InterruptedException {
    CompletableFuture<Duration> done =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return took(rows, 1);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    Thread.sleep(200);
    return done;
  }

  @Test
  void aSecondOfRowsOrBytesIsHandedOn() {
    assertThat(rate.isEnough(1_000_000, 1L << 40)).isFalse();
    rate.set(new CopyRateEvent(60, 0, false));
    assertThat(rate.isEnough(59, 1L << 40)).isFalse();
    assertThat(rate.isEnough(60, 1)).isTrue();
    rate.set(new CopyRateEvent(0, 1000, false));
    assertThat(rate.isEnough(1_000_000, 999)).isFalse();
    assertThat(rate.isEnough(1, 1000)).isTrue();
    rate.set(new CopyRateEvent(0.5, 0, false));
    assertThat(rate.isEnough(1, 1)).isTrue();
  }
}
