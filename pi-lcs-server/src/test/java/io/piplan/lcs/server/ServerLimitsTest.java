package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServerLimitsTest {
  @Test
  void eachHasItsUsualValueUntilItIsSet() {
    ServerLimits changed = ServerLimits.USUAL.with("count", 5).with(ServerLimit.RATE, 7);
    assertThat(changed.of(ServerLimit.COUNT)).isEqualTo(5);
    assertThat(changed.of(ServerLimit.RATE)).isEqualTo(7);
    assertThat(changed.of(ServerLimit.STEP)).isEqualTo(10_000);
    assertThat(ServerLimits.USUAL.of(ServerLimit.COUNT)).isEqualTo(1 << 20);
  }

  @Test
  void whatIsOutOfBoundsOrUnknownIsRefused() {
    assertThatThrownBy(() -> ServerLimits.USUAL.with("step", 1))
        .hasMessageContaining("PI-LCS-1001 limit step (numbers stored ahead, at least) is 1")
        .hasMessageContaining("use 2 to");
    assertThatThrownBy(() -> ServerLimits.USUAL.with(ServerLimit.COUNT, 1L << 31))
        .hasMessageContaining("PI-LCS-1001");
    assertThatThrownBy(() -> ServerLimits.USUAL.with("rate", -1))
        .hasMessageContaining("0 for no limit");
    assertThatThrownBy(() -> ServerLimits.USUAL.with("conections", 1))
        .hasMessageContaining("limit conections is not known")
        .hasMessageContaining(
            "connections, address-connections, count, waiting, sequences, jump, step, rate,"
                + " address-rate, idle");
  }
}
