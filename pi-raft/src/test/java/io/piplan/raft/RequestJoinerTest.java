package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

/** Callers whose answers don't come, or can't be read, are told so all the same. */
class RequestJoinerTest {
  private static final RaftOptions.Batch BOUNDS = new RaftOptions.Batch(10, 1_024, 1, 100);

  private final Queue<CompletableFuture<ByteString>> sent = new ArrayDeque<>();
  private boolean executes = true;
  private final Executor answers =
      task -> {
        if (!executes) {
          throw new RejectedExecutionException("closed");
        }
        task.run();
      };
  private final RequestJoiner joiner =
      new RequestJoiner(
          RequestSender.Kind.COMMAND,
          BOUNDS,
          (kind, content) -> {
            CompletableFuture<ByteString> answer = new CompletableFuture<>();
            sent.add(answer);
            return answer;
          },
          answers);

  private static ByteString answers(String... texts) {
    return ByteString.copyFrom(
        BatchAnswers.of(List.of(texts).stream().map(Counters::bytes).toList(), command -> command));
  }

  @Test
  void anAnswerThatCannotBeRead() {
    CompletableFuture<byte[]> waits = joiner.ask(new byte[1]);
    CompletableFuture<byte[]> next = joiner.ask(new byte[1]);
    sent.remove().complete(ByteString.copyFrom(new byte[] {0, 0, 0}));
    assertThatThrownBy(waits::join)
        .hasMessageContaining("PI-RAFT-2002")
        .hasMessageContaining("can't be read");
    // The next one goes, as if nothing had happened.
    sent.remove().complete(answers("two"));
    assertThat(Counters.text(next.join())).isEqualTo("two");
  }

  @Test
  void anAnswerThatComesWhenNobodyHandsThemOutAnyMore() {
    CompletableFuture<byte[]> waits = joiner.ask(new byte[1]);
    joiner.close();
    executes = false;
    sent.remove().complete(answers("one"));
    assertThat(Counters.text(waits.join())).isEqualTo("one");
  }

  @Test
  void anAnswerThatNeverComes() {
    CompletableFuture<byte[]> underWay = joiner.ask(new byte[1]);
    CompletableFuture<byte[]> waits = joiner.ask(new byte[1]);
    joiner.close();
    joiner.abandon();
    assertThatThrownBy(underWay::join).hasMessageContaining("PI-RAFT-2002");
    assertThatThrownBy(waits::join).hasMessageContaining("PI-RAFT-3004");
  }
}
