package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CrossingTest {
  private static final Duration MINUTE = Duration.ofSeconds(60);

  @Test
  void eachChangeOnceIsNoProblem() {
    Crossing crossing = new Crossing("bj -> sh", 1_200, 1_200);
    assertThat(crossing.problem(MINUTE)).isEmpty();
    assertThat(crossing.isUnderWay()).isFalse();
  }

  /** The demo fails then, also if the sites are equal by the time they are compared. */
  @Test
  void whatDidNotCrossInTimeIsTold() {
    Crossing crossing = new Crossing("bj -> sh", 1_200, 1_180);
    assertThat(crossing.isUnderWay()).isTrue();
    assertThat(crossing.problem(MINUTE).orElseThrow())
        .contains("bj -> sh: 20 of 1,200 changes had not crossed 60 s after");
  }

  @Test
  void whatCrossedTwiceIsTold() {
    assertThat(new Crossing("sh -> bj", 100, 103).problem(MINUTE).orElseThrow())
        .contains("sh -> bj: 3 changes more crossed than apps had made");
  }
}
