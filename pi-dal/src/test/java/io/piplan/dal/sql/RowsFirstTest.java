package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowsFirstTest {
  private static final List<String> COLUMNS = List.of("id", "user_id", "note", "qty");

  private static Optional<String> ofTable(String sql) {
    return RowsFirst.ofTable((Statement.Query) StatementReader.read(sql), COLUMNS);
  }

  private static Optional<String> ofSubquery(String sql) {
    Statement.Query query = (Statement.Query) StatementReader.read(sql);
    Block inner = query.blocks().get(1);
    return RowsFirst.ofSubquery(query, inner.tables().get(0), inner.tables().size() == 1, COLUMNS);
  }

  @Test
  void theColumnsThatAreNamedAreRead() {
    assertThat(
            ofTable(
                "SELECT MAX(i.ID), 'note' FROM shop.items i USE INDEX (k) WHERE user_id > 3 GROUP"
                    + " BY qty LIMIT 2;"))
        .contains(
            "SELECT MAX(i.ID), 'note' FROM (SELECT `ID`, `qty` FROM shop.items i USE INDEX (k)"
                + " WHERE user_id > 3) AS `i` GROUP BY qty LIMIT 2;");
    assertThat(ofTable("SELECT COUNT(*) FROM items"))
        .contains("SELECT COUNT(*) FROM (SELECT `id` FROM items) AS `items`");
    assertThat(ofTable("SELECT i.*, 1 FROM items i"))
        .contains("SELECT i.*, 1 FROM (SELECT * FROM items i) AS `i`");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id FROM items FOR UPDATE",
        "SELECT id FROM items LOCK IN SHARE MODE",
        "SELECT id INTO @x FROM items",
        "SELECT SQL_CALC_FOUND_ROWS id FROM items",
        "SELECT shop.items.id FROM items",
        "SELECT id FROM items, city",
        "SELECT id FROM items WHERE note IN (SELECT a FROM x NATURAL JOIN y)",
        "SELECT id FROM (SELECT 1 AS id) x",
        "SELECT 1",
        "SELECT id FROM items UNION SELECT 1"
      })
  void otherFormsAreLeft(String sql) {
    assertThat(ofTable(sql)).isEmpty();
  }

  @Test
  void conditionsOfATableAloneAreAskedToo() {
    assertThat(
            ofSubquery(
                "SELECT id FROM o WHERE EXISTS (SELECT 1 FROM items i WHERE i.id = o.id AND i.qty"
                    + " IN (1, 2) AND note = 'a' AND ABS(qty) = 1 AND o.x = 3 ORDER BY id)"))
        .contains(
            "SELECT id FROM o WHERE EXISTS (SELECT 1 FROM (SELECT `id`, `note`, `qty` FROM items AS"
                + " `i` WHERE i.qty IN (1, 2) AND note = 'a') AS `i` WHERE i.id = o.id AND i.qty IN"
                + " (1, 2) AND note = 'a' AND ABS(qty) = 1 AND o.x = 3 ORDER BY id)");
    assertThat(
            ofSubquery(
                "SELECT 1 FROM o WHERE x IN (SELECT qty FROM items WHERE id = o.a AND (qty = 1 OR"
                    + " note = 'b'))"))
        .contains(
            "SELECT 1 FROM o WHERE x IN (SELECT qty FROM (SELECT `id`, `note`, `qty` FROM items) AS"
                + " `items` WHERE id = o.a AND (qty = 1 OR note = 'b'))");
    assertThat(
            ofSubquery("SELECT 1 FROM o WHERE EXISTS (SELECT * FROM items WHERE a = 1 OR id = 2)"))
        .contains(
            "SELECT 1 FROM o WHERE EXISTS (SELECT * FROM (SELECT `id` FROM items) AS `items` WHERE"
                + " a = 1 OR id = 2)");
    assertThat(ofSubquery("SELECT 1 FROM o WHERE x = (SELECT i.* FROM items i)"))
        .contains(
            "SELECT 1 FROM o WHERE x = (SELECT i.* FROM (SELECT * FROM items AS `i`) AS `i`)");
    assertThat(ofSubquery("SELECT 1 FROM o WHERE EXISTS (SELECT 1 FROM items i FORCE INDEX (k))"))
        .isEmpty();
    assertThat(ofSubquery("SELECT 1 FROM o WHERE x IN (SELECT 1 FROM items NATURAL JOIN y)"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 FROM o WHERE (a, b) IN (SELECT ALL * FROM items)",
        "SELECT 1 FROM o WHERE (a, b) IN (SELECT SQL_NO_CACHE DISTINCT * FROM items)",
        "SELECT 1 FROM o WHERE (a, b) IN (SELECT * FROM (items JOIN c ON 1 = 1))",
        "SELECT 1 FROM o WHERE (a, b) IN (SELECT (c.x), items.* FROM ((items)))",
        "SELECT 1 FROM o WHERE EXISTS (SELECT STRAIGHT_JOIN 1, items.* FROM items)"
      })
  void allColumnsAreReadWhereAllAreSelected(String sql) {
    assertThat(ofSubquery(sql))
        .hasValueSatisfying(text -> assertThat(text).contains("(SELECT * F"));
  }

  @Test
  void aStarElsewhereIsNoColumn() {
    assertThat(ofSubquery("SELECT 1 FROM o WHERE x IN (SELECT COUNT(*) * qty FROM (items))"))
        .contains(
            "SELECT 1 FROM o WHERE x IN (SELECT COUNT(*) * qty FROM ((SELECT `qty` FROM items) AS"
                + " `items`))");
  }
}
