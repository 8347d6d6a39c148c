package io.piplan.dal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.NodeSql;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several shards of one node in one statement. */
class NodeUnionsTest {
  private static final int PRIMARY_KEY = 2;
  private static final Column ID =
      new Column("shop", "orders", "orders", "id", "id", 63, 20, ColumnType.LONG, PRIMARY_KEY, 0);
  private static final Column RATIO =
      new Column("", "", "", "ratio", "", 63, 12, ColumnType.NEWDECIMAL, 0, 4);

  private static Optional<NodeUnions> of(String sql) {
    return NodeUnions.of(List.of(new NodeSql("db1", sql), new NodeSql("db1", sql)));
  }

  private static Column union(Column column, int type, int decimals) {
    return new Column("", "", "", column.name(), "", 63, 30, type, 0, decimals);
  }

  private static List<Column> shown(NodeUnions unions, Column... columns) {
    return unions.shown(List.of(columns));
  }

  @Test
  void partsRunByThemselvesFirst() {
    NodeUnions unions = of("SELECT id FROM t_0 WHERE id > 1").orElseThrow();
    assertThat(unions.areKnown(2, Set.of())).isFalse();
    unions.saw(List.of(ID, RATIO), 1);
    assertThat(unions.areKnown(2, Set.of())).isTrue();
    assertThat(unions.joined(List.of("SELECT 1 -- a", "SELECT 2")))
        .isEqualTo("SELECT 1 -- a\nUNION ALL SELECT 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id FROM t_0 ORDER BY id",
        "SELECT id FROM t_0 LIMIT 3",
        "SELECT id FROM t_0 FOR UPDATE",
        "SELECT id FROM t_0 LOCK IN SHARE MODE",
        "SELECT DISTINCT HIGH_PRIORITY id FROM t_0",
        "SELECT ALL SQL_BUFFER_RESULT id FROM t_0",
        "SELECT /*+ MAX_EXECUTION_TIME(10) */ id FROM t_0",
        "WITH a AS (SELECT 1) SELECT * FROM a"
      })
  void whatMeansAnotherThingInAUnionRunsByItself(String sql) {
    assertThat(of(sql)).isEmpty();
  }

  @Test
  void whatWouldShowOtherBytesOrTakeTooLongRunsByItself() {
    NodeUnions listed = of("SELECT kind FROM t_0").orElseThrow();
    listed.saw(List.of(new Column("", "t", "t", "kind", "kind", 45, 9, 254, 256, 0)), 1);
    assertThat(listed.areKnown(2, Set.of())).isFalse();
    NodeUnions slow = of("SELECT id FROM t_0").orElseThrow();
    slow.saw(List.of(ID), 2_000_000_000L);
    assertThat(slow.areKnown(2, Set.of())).isFalse();
    NodeUnions many = of("SELECT id FROM t_0").orElseThrow();
    many.saw(List.of(ID), 1);
    assertThat(many.areKnown(16, Set.of())).isTrue();
    assertThat(many.areKnown(17, Set.of())).isFalse();
    assertThat(many.areKnown(2, Set.of("MAX_STATEMENT_TIME"))).isFalse();
    many.failed();
    assertThat(many.areKnown(2, Set.of())).isFalse();
  }

  @Test
  void aUnionShowsTheColumnsOfItsParts() {
    NodeUnions unions = of("SELECT id, a / b AS ratio FROM t_0").orElseThrow();
    unions.saw(List.of(ID, RATIO), 1);
    assertThat(
            shown(
                unions, union(ID, ColumnType.LONGLONG, 0), union(RATIO, ColumnType.NEWDECIMAL, 4)))
        .containsExactly(ID, RATIO);
    assertThat(unions.areKnown(2, Set.of())).isTrue();
  }

  @Test
  void whereTypesDifferTheRowsCountAndTheTableIsStillNamed() {
    NodeUnions unions = of("SELECT id, a / b AS ratio FROM t_0").orElseThrow();
    unions.saw(List.of(ID, RATIO), 1);
    List<Column> columns =
        shown(unions, union(ID, ColumnType.VAR_STRING, 0), union(RATIO, ColumnType.NEWDECIMAL, 8));
    assertThat(columns.get(0).orgTable()).isEqualTo("orders");
    assertThat(columns.get(0).type()).isEqualTo(ColumnType.VAR_STRING);
    assertThat(columns.get(0).flags()).isEqualTo(PRIMARY_KEY);
    assertThat(columns.get(1).decimals()).isEqualTo(8);
    assertThat(unions.areKnown(2, Set.of())).isFalse();
  }

  @Test
  void aTableThatWasChangedIsShownAsItIsNow() {
    NodeUnions unions = of("SELECT * FROM t_0").orElseThrow();
    unions.saw(List.of(ID, RATIO), 1);
    Column swapped = union(RATIO, ColumnType.NEWDECIMAL, 4);
    assertThat(shown(unions, swapped, union(ID, ColumnType.LONG, 0)).get(0)).isEqualTo(swapped);
    assertThat(unions.areKnown(2, Set.of())).isFalse();
  }
}
