package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import io.piplan.dal.rules.TransactionMode;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a statement asks about its session. */
class SessionValuesTest {
  private final SessionValues values =
      new SessionValues("shop", 7, true, false, TransactionMode.XA, OptionalLong.of(42));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT GET_LOCK('x', 1)",
        "SELECT `GET_LOCK`('x', 1)",
        "SELECT `get_lock` ('x', 1) FROM orders",
        "UPDATE orders SET note = `RELEASE_LOCK`('x')",
        "SELECT `ROW_COUNT`()",
        "SELECT 1 + (@x := 1)",
        "SELECT @`x y`"
      })
  void whatNeedsOneConnectionIsRefused(String sql) {
    assertThatThrownBy(() -> values.writtenInto(sql))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("not supported");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO `row_count` (a) VALUES (1)",
        "CREATE TABLE t (`row_count` INT, KEY `row_count` (`row_count`))",
        "SELECT `get_lock` FROM orders",
        "INSERT INTO `schema` () VALUES ()"
      })
  void namesAreNoCalls(String sql) {
    assertThat(values.writtenInto(sql)).isEqualTo(sql);
  }

  @Test
  void userVariablesAreWrittenAsLiterals() {
    values.userVariables().set("name", "'it''s'");
    assertThat(values.writtenInto("SELECT @Name, @name AS n, @none FROM t WHERE a = @NAME"))
        .isEqualTo(
            "SELECT 'it''s' AS `@Name`, 'it''s' AS n, NULL AS `@none` FROM t WHERE a = 'it''s'");
    assertThatThrownBy(() -> values.writtenInto("INSERT INTO t SELECT 1 INTO @x"))
        .hasMessageContaining("INTO @x is for SELECT … INTO as a statement of its own");
  }

  @Test
  void longValuesAreNotCopiedWithoutEnd() {
    values.userVariables().set("x", "'" + "x".repeat(1_000_000) + "'");
    assertThat(values.writtenInto("SELECT @x, @x")).hasSizeGreaterThan(2_000_000);
    assertThatThrownBy(() -> values.shortlyWrittenInto("SELECT @x"))
        .hasMessageContaining("more than 65536 characters together");
    String often = "SELECT 1" + ", @x".repeat(10_000);
    assertThatThrownBy(() -> values.writtenInto(often))
        .hasMessageContaining("more than 16777216 characters together");
  }

  @Test
  void theVariablesOfTheLastIdAreTheSessions() {
    assertThat(values.writtenInto("SELECT @@identity, @@session.last_insert_id AS a, @@`identity`"))
        .isEqualTo("SELECT 7 AS `@@identity`, 7 AS a, 7 AS `@@``identity```");
    assertThat(values.writtenInto("INSERT INTO t VALUES (@@LAST_INSERT_ID, @@local.`Identity`)"))
        .isEqualTo("INSERT INTO t VALUES (7, 7)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT @@warning_count",
        "SELECT 1 + @@session.error_count",
        "SELECT LAST_INSERT_ID(5)",
        "SELECT a FROM t WHERE a = `last_insert_id` (1 + 1)",
        "DELETE FROM t WHERE a = LAST_INSERT_ID(a)"
      })
  void whatOnlyOneConnectionKnowsOrKeepsIsRefused(String sql) {
    assertThatThrownBy(() -> values.writtenInto(sql)).isInstanceOf(DalException.class);
  }

  @Test
  void whatANodeTellsIsKept() {
    String update = "UPDATE t SET a = LAST_INSERT_ID(a + 1)";
    assertThat(values.writtenInto(update)).isEqualTo(update);
    String insert = "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = LAST_INSERT_ID(a)";
    assertThat(values.writtenInto(insert)).isEqualTo(insert);
  }

  @Test
  void theLastIdIsTheSessionsAlsoInBackticks() {
    assertThat(values.writtenInto("SELECT id FROM t WHERE id = `LAST_INSERT_ID`()"))
        .isEqualTo("SELECT id FROM t WHERE id = 7");
  }
}
