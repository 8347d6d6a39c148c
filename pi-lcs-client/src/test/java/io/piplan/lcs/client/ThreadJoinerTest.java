package io.piplan.lcs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.OddServer.Oddity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Threads that wait, on the line of their own and where it fails. */
@Timeout(60)
class ThreadJoinerTest {
  /** On a busy machine nothing is given up that is only slow. */
  private static LcsClient client(OddServer server) {
    return client(server, Duration.ofSeconds(30));
  }

  private static LcsClient client(OddServer server, Duration attemptTimeout) {
    return LcsClient.builder()
        .servers(server.address())
        .attemptTimeout(attemptTimeout)
        .callTimeout(Duration.ofSeconds(50))
        .build();
  }

  private static CompletableFuture<List<Long>> taking(LcsSequence numbers, int count) {
    CompletableFuture<List<Long>> got = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                List<Long> mine = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                  mine.add(numbers.next());
                }
                got.complete(mine);
              } catch (RuntimeException e) {
                got.completeExceptionally(e);
              }
            });
    thread.start();
    return got;
  }

  @Test
  void aThreadAsksOnALineOfItsOwn() throws Exception {
    try (OddServer server = new OddServer(Oddity.NONE);
        LcsClient client = client(server)) {
      LcsSequence numbers = client.sequence("a");
      for (long expected = 1; expected <= 200; expected++) {
        assertThat(numbers.next()).isEqualTo(expected);
      }
      // The first one finds out who leads.
      assertThat(server.direct()).isEqualTo(199);
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void manyThreadsShareRequests() throws Exception {
    try (OddServer server = new OddServer(Oddity.NONE);
        LcsClient client = client(server)) {
      LcsSequence numbers = client.sequence("a");
      List<CompletableFuture<List<Long>>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        all.add(taking(numbers, 500));
      }
      Set<Long> seen = new HashSet<>();
      for (CompletableFuture<List<Long>> each : all) {
        assertThat(each.join()).isSorted();
        seen.addAll(each.join());
      }
      assertThat(seen).hasSize(20_000);
      assertThat(server.requests()).isLessThan(20_000);
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  /** Nobody has an error or a number of another one, whatever comes back on the line. */
  @ParameterizedTest
  @EnumSource(Oddity.class)
  void whateverTheLineDoesEachGetsNumbers(Oddity oddity) throws Exception {
    boolean silent = oddity == Oddity.SILENT;
    try (OddServer server = new OddServer(Oddity.NONE);
        LcsClient client =
            client(server, silent ? Duration.ofMillis(300) : Duration.ofSeconds(30))) {
      LcsSequence numbers = client.sequence("a");
      assertThat(numbers.next()).isPositive();
      server.become(oddity);
      if (silent) {
        // Whoever doesn't answer on one line is not believed on the other.
        CompletableFuture<List<Long>> one = taking(numbers, 1);
        Thread.sleep(1_000);
        server.become(Oddity.NONE);
        assertThat(one.join()).hasSize(1);
        return;
      }
      List<CompletableFuture<List<Long>>> all = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        all.add(taking(numbers, 40));
      }
      Set<Long> seen = new HashSet<>();
      for (CompletableFuture<List<Long>> each : all) {
        assertThat(each.join()).isSorted();
        seen.addAll(each.join());
      }
      assertThat(seen).hasSize(200);
    }
  }

  @Test
  void whoIsInterruptedHarmsNobodyElse() throws Exception {
    try (OddServer server = new OddServer(Oddity.NONE);
        LcsClient client = client(server, Duration.ofSeconds(5))) {
      LcsSequence numbers = client.sequence("a");
      // The first may go by the client's own connection, which answers all along.
      while (server.direct() == 0) {
        numbers.next();
      }
      server.become(Oddity.SILENT);
      CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
      CompletableFuture<Long> first = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  first.complete(numbers.next());
                } catch (LcsException e) {
                  first.completeExceptionally(e);
                }
                stillInterrupted.complete(Thread.currentThread().isInterrupted());
              });
      int before = server.direct();
      thread.start();
      while (server.direct() == before) {
        Thread.sleep(1);
      }
      CompletableFuture<List<Long>> other = taking(numbers, 1);
      Thread.sleep(50);
      // Before anybody answers: who is interrupted just then may have his number.
      thread.interrupt();
      assertThatThrownBy(first::join)
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("interrupted while waiting");
      assertThat(stillInterrupted.join()).isTrue();
      server.become(Oddity.NONE);
      assertThat(other.join()).hasSize(1);
      assertThat(numbers.next()).isGreaterThan(other.join().get(0));
    }
  }

  @Test
  void closingEndsWhatWaits() throws Exception {
    try (OddServer server = new OddServer(Oddity.NONE)) {
      List<CompletableFuture<List<Long>>> all = new ArrayList<>();
      try (LcsClient client = client(server)) {
        LcsSequence numbers = client.sequence("a");
        numbers.next();
        server.become(Oddity.SILENT);
        int before = server.direct();
        for (int i = 0; i < 5; i++) {
          all.add(taking(numbers, 1));
        }
        while (server.direct() == before) {
          Thread.sleep(1);
        }
      }
      for (CompletableFuture<List<Long>> each : all) {
        assertThatThrownBy(each::join).hasMessageContaining("the client is closed");
      }
    }
  }
}
