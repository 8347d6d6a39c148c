package io.piplan.dts.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How fast tables are copied, told from how many rows were done when. */
class CopyRatesTest {
  private static final TableId TABLE = new TableId("shop", "orders");

  private final CopyRates rates = new CopyRates();

  private long rate(long millis, long rows, boolean done) {
    CopyProgress progress = new CopyProgress(TABLE, 1_000_000, rows, 1, 1, 1, done, 0);
    return rates.measured(List.of(progress), millis).get(0).rowsPerSecond();
  }

  @Test
  void followsTheCopy() {
    assertThat(rate(0, 0, false)).isZero();
    assertThat(rate(1_000, 20_000, false)).isEqualTo(20_000);
    assertThat(rate(2_000, 20_000, false)).isEqualTo(10_000);
    assertThat(rate(4_000, 80_000, false)).isEqualTo(20_000);
    for (int second = 5; second <= 60; second++) {
      rate(second * 1_000L, 80_000 + (second - 4) * 1_000L, false);
    }
    assertThat(rate(60_500, 136_000, false)).isBetween(900L, 1_100L);
  }

  @Test
  void standingStillGoesDownToNothing() {
    rate(0, 0, false);
    rate(1_000, 50_000, false);
    assertThat(rate(120_000, 50_000, false)).isZero();
    assertThat(rate(121_000, 50_000, true)).isZero();
  }
}
