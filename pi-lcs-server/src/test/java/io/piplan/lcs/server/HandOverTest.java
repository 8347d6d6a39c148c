package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.raft.RaftError;
import io.piplan.raft.RaftException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A server that could not hand over leads on, whatever it was that failed. */
class HandOverTest {
  private final List<String> steps = new ArrayList<>();

  @Test
  void itIsReleasedFirst() {
    Operations.handOver(
        () -> CompletableFuture.runAsync(() -> steps.add("released")),
        () -> steps.add("handed over"),
        () -> steps.add("goes on"));
    assertThat(steps).containsExactly("released", "handed over");
  }

  @Test
  void aReleaseWhoseOutcomeIsUnknown() {
    assertThatThrownBy(
            () ->
                Operations.handOver(
                    () -> CompletableFuture.supplyAsync(HandOverTest::fails),
                    () -> steps.add("handed over"),
                    () -> steps.add("goes on")))
        .hasMessageContaining("PI-LCS-2003")
        .hasMessageContaining("goes on leading");
    assertThat(steps).containsExactly("goes on");
  }

  @Test
  void oneThatDoesNotTakeOver() {
    assertThatThrownBy(
            () ->
                Operations.handOver(
                    () -> CompletableFuture.completedFuture(null),
                    HandOverTest::fails,
                    () -> steps.add("goes on")))
        .hasMessageContaining("goes on leading");
    assertThat(steps).containsExactly("goes on");
  }

  private static String fails() {
    throw new RaftException(RaftError.OUTCOME_UNKNOWN, "no answer", "look");
  }
}
