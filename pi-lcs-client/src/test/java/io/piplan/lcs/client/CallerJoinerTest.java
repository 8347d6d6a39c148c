package io.piplan.lcs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of callers who share a request that fails. */
class CallerJoinerTest {
  private ScriptedServer server;

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer();
    server.leads(true).knows(server.address());
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  private LcsClient client(Duration callTimeout) {
    return LcsClient.builder().servers(server.address()).callTimeout(callTimeout).build();
  }

  private static LcsError error(CompletableFuture<?> answer) {
    try {
      answer.join();
      return null;
    } catch (CompletionException e) {
      return ((LcsException) e.getCause()).error();
    }
  }

  @Test
  void theLastNumbersGoToThoseWhoAskedFirst() {
    try (LcsClient client = client(Duration.ofSeconds(30))) {
      LcsSequence numbers = client.sequence("few");
      numbers.next();
      server.endsAfter(37);
      List<CompletableFuture<Long>> answers =
          IntStream.range(0, 500).mapToObj(i -> numbers.nextAsync()).toList();
      List<LcsError> errors = answers.stream().map(CallerJoinerTest::error).toList();
      assertThat(errors.subList(0, 37)).containsOnlyNulls();
      assertThat(errors.subList(37, 500)).containsOnly(LcsError.EXHAUSTED);
    }
  }

  @Test
  void oneWhoWantsMoreThanIsLeftKeepsItFromNobody() {
    try (LcsClient client = client(Duration.ofSeconds(30))) {
      LcsSequence numbers = client.sequence("blocks");
      numbers.next();
      server.endsAfter(10);
      List<CompletableFuture<?>> answers =
          List.of(
              numbers.nextAsync(),
              numbers.nextRangeAsync(100),
              numbers.nextAsync(),
              numbers.nextRangeAsync(8),
              numbers.nextRangeAsync(2),
              numbers.nextAsync());
      assertThat(answers.stream().map(CallerJoinerTest::error))
          .containsExactly(
              null, LcsError.EXHAUSTED, null, null, LcsError.EXHAUSTED, LcsError.EXHAUSTED);
    }
  }

  private static final class Throwing implements NumberReceiver {
    private final AtomicInteger told = new AtomicInteger();

    @Override
    public void number(long number) {
      told.incrementAndGet();
      throw new AssertionError("thrown by a receiver");
    }

    @Override
    public void failed(LcsException failure) {
      told.incrementAndGet();
      throw new AssertionError("thrown by a receiver", failure);
    }
  }

  @Test
  void aReceiverThatThrowsAnErrorKeepsNobodyFromHisNumber() throws Exception {
    Throwing throwing = new Throwing();
    try (LcsClient client = client(Duration.ofSeconds(30))) {
      LcsSequence numbers = client.sequence("errors");
      for (int i = 0; i < 100; i++) {
        numbers.next(throwing);
      }
      assertThat(numbers.nextAsync().get(20, TimeUnit.SECONDS)).isPositive();
      assertThat(throwing.told).hasValue(100);
      server.endsAfter(0);
      numbers.next(throwing);
      numbers.next(throwing);
      assertThat(error(numbers.nextAsync())).isEqualTo(LcsError.EXHAUSTED);
      assertThat(throwing.told).hasValue(102);
    }
  }

  /** The number of the sequence is asked for by the first caller, and the second has time left. */
  @Test
  void whoComesLateHasHisOwnTime() throws Exception {
    server.silent(true);
    try (LcsClient client = client(Duration.ofSeconds(4))) {
      LcsSequence numbers = client.sequence("late");
      CompletableFuture<Long> first = numbers.nextAsync();
      Thread.sleep(3_000);
      CompletableFuture<Long> second = numbers.nextAsync();
      assertThatThrownBy(first::join).hasMessageContaining("PI-LCS-2002");
      server.silent(false);
      assertThat(second.join()).isPositive();
    }
  }
}
