package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DdlPolicyTest {
  @Test
  void evolveAloneTakesNoValuesAway() {
    DdlPolicy policy = DdlPolicy.of(DdlAction.EVOLVE, Map.of());
    for (DdlKind kind : DdlKind.values()) {
      assertThat(policy.of(kind))
          .as(kind.optionName())
          .isEqualTo(kind.destructive() ? DdlAction.STOP : DdlAction.EVOLVE);
    }
  }

  @Test
  void whatIsNamedCounts() {
    DdlPolicy policy =
        DdlPolicy.of(
            DdlAction.IGNORE,
            Map.of(DdlKind.DROP_TABLE, DdlAction.EVOLVE, DdlKind.ADD_INDEX, DdlAction.STOP));
    assertThat(policy.of(DdlKind.DROP_TABLE)).isEqualTo(DdlAction.EVOLVE);
    assertThat(policy.of(DdlKind.ADD_INDEX)).isEqualTo(DdlAction.STOP);
    assertThat(policy.of(DdlKind.DROP_COLUMN)).isEqualTo(DdlAction.IGNORE);
  }

  @Test
  void stopLeavesNewTablesAndIndexesAsTheyAlwaysWere() {
    DdlPolicy policy = DdlPolicy.of(DdlAction.STOP, Map.of());
    assertThat(policy.of(DdlKind.CREATE_TABLE)).isEqualTo(DdlAction.EVOLVE);
    assertThat(policy.of(DdlKind.ADD_INDEX)).isEqualTo(DdlAction.IGNORE);
    assertThat(policy.of(DdlKind.ADD_COLUMN)).isEqualTo(DdlAction.STOP);
  }
}
