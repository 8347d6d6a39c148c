package io.piplan.dal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.MergeSpec;
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
    return of(sql, MergeSpec.ALL);
  }

  private static Optional<NodeUnions> of(String sql, MergeSpec merge) {
    return NodeUnions.of(List.of(new NodeSql("db1", sql), new NodeSql("db1", sql)), merge);
  }

  private static MergeSpec merge(boolean ordered, long offset, long limit) {
    MergeSpec.SortKey first = new MergeSpec.SortKey(new MergeSpec.Key(0, 0), false);
    return new MergeSpec(0, null, ordered ? List.of(first) : List.of(), offset, limit);
  }

  private static Column union(Column column, int type, int decimals) {
    return new Column("", "", "", column.name(), "", 63, 30, type, 0, decimals);
  }

  private static Optional<List<Column>> shown(NodeUnions unions, Column... columns) {
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
        "SELECT id FROM t_0;",
        "SELECT id FROM t_0 UNION SELECT 1",
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
        .contains(List.of(ID, RATIO));
    assertThat(unions.areKnown(2, Set.of())).isTrue();
  }

  @Test
  void textsOfAnotherTypeAreTheSameBytes() {
    Column text = new Column("shop", "t", "t", "note", "note", 45, 480, ColumnType.STRING, 0, 0);
    NodeUnions unions = of("SELECT note FROM t_0").orElseThrow();
    unions.saw(List.of(text), 1);
    Column longer = new Column("", "", "", "note", "", 45, 9999, ColumnType.BLOB, 16, 31);
    assertThat(shown(unions, longer)).contains(List.of(text));
    Column other = new Column("", "", "", "note", "", 46, 480, ColumnType.STRING, 0, 0);
    assertThat(shown(unions, other)).isEmpty();
  }

  @Test
  void whereTypesDifferPartsRunByThemselves() {
    NodeUnions unions = of("SELECT id, a / b AS ratio FROM t_0").orElseThrow();
    unions.saw(List.of(ID, RATIO), 1);
    assertThat(
            shown(
                unions,
                union(ID, ColumnType.VAR_STRING, 0),
                union(RATIO, ColumnType.NEWDECIMAL, 4)))
        .isEmpty();
    assertThat(unions.areKnown(2, Set.of())).isFalse();
    NodeUnions digits = of("SELECT id, a / b AS ratio FROM t_0").orElseThrow();
    digits.saw(List.of(ID, RATIO), 1);
    assertThat(shown(digits, union(ID, ColumnType.LONG, 0), union(RATIO, ColumnType.NEWDECIMAL, 8)))
        .isEmpty();
  }

  @Test
  void aTableThatWasChangedIsAskedByItsPartsAgain() {
    NodeUnions unions = of("SELECT * FROM t_0").orElseThrow();
    unions.saw(List.of(ID, RATIO), 1);
    assertThat(shown(unions, union(RATIO, ColumnType.NEWDECIMAL, 4), union(ID, ColumnType.LONG, 0)))
        .isEmpty();
    assertThat(unions.areKnown(2, Set.of())).isFalse();
  }

  @Test
  void rowsThatAreOrderedHereComeInAnyOrderAndNotWithoutEnd() {
    String sql = "SELECT id FROM t_0 WHERE id > 1 ORDER BY id DESC";
    assertThat(of(sql)).isEmpty();
    NodeUnions unions = of(sql, merge(true, 0, -1)).orElseThrow();
    assertThat(unions.joined(List.of("SELECT 1 ORDER BY id DESC", "SELECT 22 ORDER BY id DESC")))
        .isEqualTo("SELECT 1 \nUNION ALL SELECT 22 \nLIMIT 5001");
    assertThat(of("SELECT id FROM t_0 ORDER BY id + ?", merge(true, 0, -1))).isEmpty();
  }

  @Test
  void whatIsLimitedIsLimitedInEachPart() {
    String sql = "SELECT id FROM t_0 ORDER BY id LIMIT 9";
    NodeUnions unions = of(sql, merge(true, 3, 6)).orElseThrow();
    assertThat(unions.joined(List.of("SELECT 1 LIMIT 9", "SELECT 2 LIMIT 9")))
        .isEqualTo("(SELECT 1 LIMIT 9\n)\nUNION ALL\n(SELECT 2 LIMIT 9\n)");
    assertThat(of(sql, merge(true, 0, 3_000))).isEmpty();
    assertThat(of(sql, merge(true, Long.MAX_VALUE, Long.MAX_VALUE))).isEmpty();
    assertThat(of("SELECT id FROM t_0 LIMIT 9000", merge(false, 0, 9_000))).isPresent();
  }
}
