package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Lsn;
import org.junit.jupiter.api.Test;

class WriterMetricsTest {
  private final WriterMetrics metrics = new WriterMetrics();

  private static LaneProgress taken(long fresh, long heartbeat) {
    return new LaneProgress(0, new Lsn[] {Lsn.START}, null, fresh, heartbeat);
  }

  @Test
  void nothingIsToldOfSourcesThatNobodyExpectsAnythingOf() {
    assertThat(metrics.freshMillis()).isZero();
    assertThat(metrics.heartbeatMillis()).isZero();
  }

  @Test
  void beforeAnythingIsKnownTheWaitingCounts() {
    metrics.expect(1_000, true);
    metrics.takenOver(taken(0, 0));
    assertThat(metrics.freshMillis()).isEqualTo(1_000);
    assertThat(metrics.heartbeatMillis()).isEqualTo(1_000);
    metrics.stored(new WriterProgress(Lsn.START, 0, 700, 0, null), 1_100);
    assertThat(metrics.freshMillis()).isEqualTo(700);
    assertThat(metrics.heartbeatMillis()).isEqualTo(1_000);
  }

  /** A sync that had heartbeats once has their last one on its target for good. */
  @Test
  void heartbeatsThatAreNotWrittenAnyMoreAreNotOverdue() {
    metrics.expect(1_000, false);
    metrics.takenOver(taken(500, 400));
    assertThat(metrics.freshMillis()).isEqualTo(500);
    assertThat(metrics.heartbeatMillis()).isZero();
  }
}
