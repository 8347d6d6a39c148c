package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.copy.RowRouter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LaneAssignerTest {
  private static final TableId CUSTOMERS = new TableId("shop", "customers");
  private static final TableId ORDERS = new TableId("shop", "orders");

  private static TableSchema table(TableId id, boolean unique, ForeignKey... foreignKeys) {
    UniqueKey primary = new UniqueKey("PRIMARY", List.of("id"));
    return new TableSchema(
        id,
        List.of(column("id"), column("email")),
        List.of("id"),
        unique ? List.of(primary, new UniqueKey("email", List.of("email"))) : List.of(primary),
        List.of(foreignKeys),
        "");
  }

  private static Column column(String name) {
    return Column.of(name, ColumnType.BIGINT, "bigint", false);
  }

  private static ForeignKey cascade() {
    return new ForeignKey(
        "f",
        List.of("email"),
        CUSTOMERS,
        List.of("id"),
        ForeignKey.Action.CASCADE,
        ForeignKey.Action.RESTRICT);
  }

  @Test
  void uniqueKeyThatCameLaterMovesNoRow() {
    LaneAssigner lanes = LaneAssigner.of(List.of(table(CUSTOMERS, false)));
    assertThat(lanes.group(table(CUSTOMERS, true))).isNull();
    RowRouter before = new RowRouter(table(CUSTOMERS, false), lanes, 4);
    RowRouter after = new RowRouter(table(CUSTOMERS, true), lanes, 4);
    assertThat(after.onlyWriter()).isEqualTo(-1);
    assertThat(after.layout()).isEqualTo(before.layout());
  }

  @Test
  void uniqueKeyThatWentLaterMovesNoRow() {
    LaneAssigner lanes = LaneAssigner.of(List.of(table(CUSTOMERS, true)));
    assertThat(lanes.group(table(CUSTOMERS, false))).isEqualTo("shop.customers");
  }

  @Test
  void foreignKeyThatCameOrWentLaterMovesNoRow() {
    LaneAssigner apart = LaneAssigner.of(List.of(table(CUSTOMERS, false), table(ORDERS, false)));
    assertThat(apart.group(table(ORDERS, false, cascade()))).isNull();
    LaneAssigner tied =
        LaneAssigner.of(List.of(table(CUSTOMERS, false), table(ORDERS, false, cascade())));
    assertThat(tied.group(table(ORDERS, false))).isEqualTo("shop.customers");
  }

  /** All parts of a job, and those of the next attempt, go by what the first has found. */
  @Test
  void whoMeetsATableFirstDecides() {
    Map<TableId, String> kept = new HashMap<>();
    LateLanes late =
        (table, group) -> {
          kept.putIfAbsent(table, group == null ? "" : group);
          return kept.get(table).isEmpty() ? null : kept.get(table);
        };
    LaneAssigner one = LaneAssigner.of(List.of()).keeping(late);
    LaneAssigner other = LaneAssigner.of(List.of()).keeping(late);
    assertThat(one.group(table(CUSTOMERS, false))).isNull();
    assertThat(other.group(table(CUSTOMERS, true))).isNull();
    assertThat(one.group(table(ORDERS, true))).isEqualTo("shop.orders");
    assertThat(other.group(table(ORDERS, false))).isEqualTo("shop.orders");
  }
}
