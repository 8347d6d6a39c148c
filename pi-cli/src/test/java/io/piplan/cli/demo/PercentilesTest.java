package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {
  @Test
  void nearestRank() {
    List<Long> nanos = LongStream.rangeClosed(1, 100).map(n -> n * 1_000_000).boxed().toList();
    assertThat(Percentiles.of(nanos)).isEqualTo(new Percentiles(100, 50, 95, 99, 100));
    assertThat(Percentiles.of(List.of(7_000_000L))).isEqualTo(new Percentiles(1, 7, 7, 7, 7));
    assertThat(Percentiles.of(List.of())).isEqualTo(new Percentiles(0, 0, 0, 0, 0));
  }
}
