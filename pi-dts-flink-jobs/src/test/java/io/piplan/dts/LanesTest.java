package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LanesTest {
  private static final TableSchema SCHEMA =
      new TableSchema(
          new TableId("shop", "orders"),
          List.of(Column.of("id", ColumnType.BIGINT, "bigint unsigned", false)),
          List.of("id"),
          List.of(),
          List.of(),
          "");

  @Test
  void neighboursShareALaneAndAllLanesAreUsedAlike() {
    int[] keys = new int[Lanes.COUNT];
    int changes = 0;
    int last = -1;
    for (int id = 0; id < 256_000; id++) {
      int lane = lane(Integer.toString(id));
      keys[lane]++;
      changes += lane == last ? 0 : 1;
      last = lane;
    }
    assertThat(changes).isLessThanOrEqualTo(1_000);
    assertThat(Arrays.stream(keys).min().orElseThrow()).isGreaterThan(1_000);
    assertThat(Arrays.stream(keys).max().orElseThrow()).isLessThan(4_000);
  }

  @Test
  void everyWholeNumberHasALane() {
    for (String id : List.of("-9223372036854775808", "-1", "0", "18446744073709551615")) {
      assertThat(lane(id)).isBetween(0, Lanes.COUNT - 1);
    }
  }

  private static int lane(String id) {
    return Lanes.ofKey(SCHEMA, SCHEMA.keyIndexes(), Row.of(id));
  }
}
