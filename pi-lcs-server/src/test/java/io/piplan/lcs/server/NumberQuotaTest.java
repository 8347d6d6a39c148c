package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumberQuotaTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void aSecondsWorthIsSavedUpAndNoMore() {
    NumberQuota quota = new NumberQuota(100, 0);
    long now = 50 * SECOND;
    int taken = 0;
    while (quota.take(1, now)) {
      taken++;
    }
    assertThat(taken).isEqualTo(100);
    assertThat(quota.take(1, now + SECOND / 1_000)).isTrue();
    assertThat(quota.take(1, now + SECOND / 1_000)).isFalse();
  }

  @Test
  void aLargeRequestIsAnsweredAndTheNextOneWaitsForIt() {
    NumberQuota quota = new NumberQuota(100, 0);
    assertThat(quota.take(1_000, 0)).isTrue();
    assertThat(quota.take(1, 9 * SECOND - 1)).isFalse();
    assertThat(quota.take(1, 9 * SECOND + SECOND / 10)).isTrue();
  }

  @Test
  void overTimeNobodyGetsMoreThanTheRate() {
    NumberQuota quota = new NumberQuota(1_000, 0);
    long given = 0;
    for (long now = 0; now < 100 * SECOND; now += SECOND / 500) {
      for (int i = 0; i < 5; i++) {
        given += quota.take(3, now) ? 3 : 0;
      }
    }
    assertThat(given).isBetween(99_000L, 101_010L);
  }

  @Test
  void withoutALimitNobodyLooks() {
    assertThat(new NumberQuota(0, 0).limits()).isFalse();
    assertThat(new NumberQuota(1, 0).limits()).isTrue();
  }
}
