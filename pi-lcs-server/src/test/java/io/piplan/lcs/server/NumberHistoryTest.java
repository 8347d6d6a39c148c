package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.lcs.server.NumberHistory.Given;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker finds what it is there for. */
class NumberHistoryTest {
  @Test
  void concurrentOnesMayComeInAnyOrder() {
    assertThat(
            NumberHistory.check(
                List.of(new Given(0, 10, 8, 3), new Given(5, 15, 1, 7), new Given(16, 17, 11, 1))))
        .isEqualTo(3);
  }

  @Test
  void aRepeatIsFound() {
    assertThatThrownBy(
            () -> NumberHistory.check(List.of(new Given(0, 10, 1, 5), new Given(1, 9, 5, 1))))
        .hasMessageContaining("share a number");
  }

  @Test
  void aRegressionIsFound() {
    assertThatThrownBy(
            () ->
                NumberHistory.check(
                    List.of(
                        new Given(0, 1, 100, 1), new Given(0, 30, 101, 1), new Given(2, 3, 7, 1))))
        .hasMessageContaining("asked for after");
  }
}
