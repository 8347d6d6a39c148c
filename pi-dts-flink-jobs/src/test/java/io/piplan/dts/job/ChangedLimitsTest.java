package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChangedLimitsTest {
  private static final CopyLimits DEFINED =
      CopyLimits.NONE.with(CopyLimit.ROWS, "5000").with(CopyLimit.REPLICA_LAG, "10 s");

  private static ChangedLimits changed(String... controls) {
    return new ChangedLimits(
        DEFINED,
        controls.length == 0 ? Map.of() : Map.of(controls[0], controls[1], "paused", "true"));
  }

  @Test
  void whatWasChangedHidesWhatTheDefinitionSays() {
    ChangedLimits lifted = changed("copy.rate-limit", "0");
    assertThat(lifted.now().rowsPerSecond()).isZero();
    assertThat(lifted.hidden()).containsExactly(CopyLimit.ROWS);
    assertThat(changed("copy.replica-lag", "10000").hidden()).isEmpty();
    assertThat(changed().now()).isEqualTo(DEFINED);
    assertThat(changed().hidden()).isEmpty();
  }

  /** Whoever limits what the definition says nothing of does so for this run and the next. */
  @Test
  void aLimitOfNoOptionHidesNone() {
    ChangedLimits limited = changed("copy.byte-limit", "100");
    assertThat(limited.now().bytesPerSecond()).isEqualTo(100);
    assertThat(limited.hidden()).isEmpty();
  }

  @Test
  void whatIsAsDefinedFollowsTheDefinition() {
    ChangedLimits reset = changed("copy.rate-limit", CopyLimit.AS_DEFINED);
    assertThat(reset.now()).isEqualTo(DEFINED);
    assertThat(reset.hidden()).isEmpty();
  }
}
