package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementReaderTest {

  private static Statement.Query query(String sql) {
    return (Statement.Query) StatementReader.read(sql);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "SELECT * FROM t FOR UPDATE~true~true",
        "SELECT * FROM t FOR SHARE~true~true",
        "SELECT * FROM t WHERE a = 1 LOCK IN SHARE MODE~true~true",
        "SELECT * FROM t FOR UPDATE SKIP LOCKED;~true~true",
        "SELECT * FROM t USE INDEX FOR ORDER BY (a) ORDER BY a~false~false",
        "SELECT * FROM t FORCE INDEX FOR JOIN (a)~false~false",
        "SELECT * FROM t FOR SYSTEM_TIME AS OF NOW()~false~false",
        "SELECT SUBSTRING(a FROM 1 FOR 2) FROM t~false~false",
        "SELECT * FROM t FOR SYSTEM_TIME ALL FOR UPDATE~true~true",
        "SELECT * FROM t WHERE a IN (SELECT b FROM u FOR UPDATE)~false~true",
        "SELECT * FROM t WHERE a IN (SELECT b FROM u LOCK IN SHARE MODE)~false~true",
        "SELECT * FROM (SELECT b FROM u FOR SHARE) v~false~true",
        "(SELECT b FROM u FOR UPDATE) UNION (SELECT 1)~false~true",
        "SELECT 'FOR UPDATE', `for` FROM t /* FOR UPDATE */~false~false"
      })
  void locksAreSeenWithinBracketsToo(String sql, boolean outside, boolean within) {
    assertThat(query(sql).locks()).isEqualTo(outside);
    assertThat(query(sql).locksWithin()).isEqualTo(within);
  }

  @Test
  void tablesAreFoundWhereverTheyStand() {
    Statement.Query query =
        query(
            "WITH w AS (SELECT * FROM a) SELECT (SELECT 1 FROM b), 'FROM x' FROM w JOIN (c, `d e` AS"
                + " d) ON 1 WHERE EXISTS (SELECT 1 FROM s.f WHERE g IN (SELECT 2 FROM h)) /* FROM i"
                + " */ UNION (SELECT 1 FROM j ORDER BY (SELECT 1 FROM k))");

    assertThat(query.blocks().stream().flatMap(b -> b.tables().stream()).map(TableUse::name))
        .containsExactlyInAnyOrder("a", "b", "c", "d e", "f", "h", "j", "k");
    assertThat(query.shape()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "k = 5~k in 5",
        "5 = k~k in 5",
        "(k = -5)~k in -5",
        "k IN (1, 'x', NULL)~k in 1,'x',NULL",
        "k BETWEEN 1 AND 5~k from 1 to 5",
        "k >= 3 AND k < 7~(k from 3 to null and k from null to 7)",
        "9 > k~k from null to 9",
        "a = 1 OR b = 2~(a in 1 or b in 2)",
        "a = 1 AND b = 2 OR c = 3~((a in 1 and b in 2) or c in 3)",
        "a = 1 AND b = 2 || c = 3~((a in 1 and b in 2) or c in 3)",
        "k BETWEEN 1 AND 5 AND a = 1~(k from 1 to 5 and a in 1)",
        "t.k = u.k~t.k = u.k",
        "k = 5 XOR a = 1~any",
        "NOT k = 5~any",
        "k <=> 5~any",
        "k <> 5~any",
        "k = 5 + 1~any",
        "k = 5 COLLATE utf8mb4_bin~any",
        "k = 5 = 1~any",
        "k + 1 = 5~any",
        "k IN (1, x)~any",
        "k IN (SELECT 5)~any",
        "k = (SELECT 5)~any",
        "k NOT IN (1)~any",
        "k NOT BETWEEN 1 AND 2~any",
        "k = 1e3~any",
        "k = 0x10~any",
        "k = 'a' 'b'~any",
        "BINARY k = 'a'~any",
        "k IS NULL~any",
        "k LIKE 'a'~any",
        "CASE WHEN k = 5 AND a = 1 THEN 1 END = 1~any",
        "k = CASE a WHEN 1 THEN 2 END~any",
        "(k, a) = (1, 2)~any",
        "s.t.k = 5~any",
        "f(k) = 5~any",
      })
  void conditionsSayNoMoreThanTheyMust(String where, String expected) {
    Block block = query("SELECT * FROM t WHERE " + where).blocks().get(0);

    assertThat(print(block.where())).isEqualTo(expected);
  }

  private static String print(Condition condition) {
    if (condition instanceof Condition.And and) {
      return "(" + String.join(" and ", and.parts().stream().map(p -> print(p)).toList()) + ")";
    }
    if (condition instanceof Condition.Or or) {
      return "(" + String.join(" or ", or.parts().stream().map(p -> print(p)).toList()) + ")";
    }
    if (condition instanceof Condition.In in) {
      return name(in.column())
          + " in "
          + String.join(",", in.values().stream().map(Value::toString).toList());
    }
    if (condition instanceof Condition.Between between) {
      return name(between.column()) + " from " + between.low() + " to " + between.high();
    }
    return condition instanceof Condition.Same same
        ? name(same.left()) + " = " + name(same.right())
        : "any";
  }

  private static String name(ColumnRef column) {
    return column.qualifier() == null ? column.name() : column.qualifier() + "." + column.name();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 'x",
        "SELECT (1",
        "SELECT 1)",
        "SELECT /* 1",
        "SELECT /*! 1 */",
        "SELECT 1; SELECT 2",
        "",
        ";",
        "INSERT INTO t VALUES",
        "UPDATE t",
        "HANDLER t OPEN",
        "SELECT * FROM t PIVOT x",
      })
  void whatIsNotUnderstoodIsRefused(String sql) {
    assertThatThrownBy(() -> StatementReader.read(sql)).isInstanceOf(DalException.class);
  }

  @Test
  void literalsLoseTheirEscapes() {
    assertThat(Literals.of("'it''s \\'q\\' \\\\ \\n'").orElseThrow().asText())
        .isEqualTo("it's 'q' \\ \n");
    assertThat(Literals.of("\"say \"\"x\"\"\"").orElseThrow().asText()).isEqualTo("say \"x\"");
    assertThat(Literals.of("-007.50").orElseThrow().asText()).isEqualTo("-7.50");
  }

  @Test
  void rowsOfValuesAreReadOneByOne() {
    Statement.Insert insert =
        (Statement.Insert)
            StatementReader.read(
                "INSERT INTO t (a, b) VALUES (1, '),('), (2, f(3, 4)) ON DUPLICATE KEY UPDATE b ="
                    + " VALUES(b), c = 1");

    assertThat(insert.columns()).containsExactly("a", "b");
    assertThat(insert.rows())
        .extracting(Statement.InsertRow::text)
        .containsExactly("(1, '),(')", "(2, f(3, 4))");
    assertThat(insert.updated()).isEqualTo(List.of("b", "c"));
  }

  @Test
  void clausesOfSelect() {
    SelectShape shape =
        query(
                "SELECT a AS x, COUNT(DISTINCT b) n, t.* FROM t FORCE INDEX (i) WHERE a > 1 GROUP BY"
                    + " a, YEAR(d) HAVING n > 5 AND COUNT(*) <= 2 ORDER BY x DESC, 2 LIMIT 5, 10 FOR"
                    + " UPDATE")
            .shape();

    assertThat(shape.unmergeable()).isNull();
    assertThat(shape.items()).extracting(SelectShape.Item::alias).containsExactly("x", "n", null);
    assertThat(shape.items().get(1).aggregate().distinct()).isTrue();
    assertThat(shape.hasStar()).isTrue();
    assertThat(shape.groupBy()).containsExactly("a", "YEAR(d)");
    assertThat(shape.having()).hasSize(2);
    assertThat(shape.orderBy())
        .extracting(SelectShape.Order::descending)
        .containsExactly(true, false);
    assertThat(shape.offset()).isEqualTo(5);
    assertThat(shape.limit()).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT UPPER(MAX(a)) FROM t",
        "SELECT JSON_OBJECTAGG(a, b) FROM t",
        "SELECT JSON_LENGTH(JSON_ARRAYAGG(a)) FROM t",
        "SELECT GROUP_CONCAT(a LIMIT 2) FROM t",
        "SELECT CONCAT(GROUP_CONCAT(a), 'x') FROM t",
        "SELECT ROW_NUMBER() OVER (w ORDER BY a) FROM t WINDOW w AS (PARTITION BY b)",
        "SELECT a FROM t GROUP BY a DESC WITH ROLLUP",
        "SELECT a FROM t GROUP BY a HAVING a > b",
        "SELECT a FROM t LIMIT @x",
        "SELECT SQL_CALC_FOUND_ROWS a FROM t",
        "SELECT a INTO OUTFILE 'f' FROM t",
        "SELECT COUNT(DISTINCT a, b) FROM t",
      })
  void whatCannotBeMergedIsNamed(String sql) {
    assertThat(query(sql).shape().unmergeable()).isNotNull();
  }

  @Test
  void manyBracketsInEachOtherAreRefusedSoon() {
    assertThat(StatementReader.read("SELECT 1 FROM t WHERE " + nested(190))).isNotNull();
    for (int depth : new int[] {250, 30_000}) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () ->
              assertThatThrownBy(
                      () -> StatementReader.read("SELECT 1 FROM t WHERE " + nested(depth)))
                  .isInstanceOf(DalException.class)
                  .hasMessageContaining("more than 200 brackets"));
    }
  }

  private static String nested(int depth) {
    return "(".repeat(depth) + "a = 1" + ")".repeat(depth);
  }

  @Test
  void columnCalledEndDoesNotEndCase() {
    for (String value :
        List.of(
            "CASE WHEN end > 5 THEN 1 ELSE 0 END",
            "CASE end WHEN 1 THEN end ELSE end END",
            "CASE WHEN a = end AND end < 3 OR NOT end THEN 'x' END")) {
      Statement.Query query =
          (Statement.Query)
              StatementReader.read("SELECT 1 FROM t WHERE " + value + " = 1 AND k = 7");
      assertThat(query.blocks().get(0).where()).as(value).isInstanceOf(Condition.And.class);
      assertThat(((Condition.And) query.blocks().get(0).where()).parts().get(1))
          .isInstanceOf(Condition.In.class);
    }
  }
}
