package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void middle() {
    assertThat(Samples.of(5, 1, 3).median()).isEqualTo(3);
    assertThat(Samples.of(4, 1, 3, 2).median()).isEqualTo(2.5);
  }

  @Test
  void percentilesAreValuesThatWereSeen() {
    double[] all = new double[100];
    for (int i = 0; i < all.length; i++) {
      all[i] = 100 - i;
    }
    assertThat(Samples.of(all).percentile(99)).isEqualTo(99);
    assertThat(Samples.of(all).percentile(50)).isEqualTo(50);
    assertThat(Samples.of(all).percentile(0)).isEqualTo(1);
    assertThat(Samples.of(7).percentile(99)).isEqualTo(7);
  }
}
