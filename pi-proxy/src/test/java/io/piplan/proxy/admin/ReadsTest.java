package io.piplan.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        " /* x */ select 'DELETE; it''s; \\'' FROM t -- ; DELETE",
        "(SELECT 1) UNION (SELECT 2);",
        "BEGIN; SELECT `a;b` FROM t; COMMIT; # DELETE FROM t",
        ";; ",
        ""
      })
  void theyOnlyRead(String sql) {
    assertThat(Reads.only(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM t",
        "SELECT 1; DELETE FROM t",
        "SELECT ';' ;/* */delete FROM t",
        "SELECT 1 # x\n; DROP TABLE t",
        "/*! DELETE FROM t */",
        "SELECT 1 /*!50000 INTO OUTFILE 'x' */",
        "SELECT 1; /*M!100000 DELETE FROM t */",
        "BEGIN NOT ATOMIC DELETE FROM t; END",
        "SELECT '\\'; DELETE FROM t; -- '",
        "SELECT 'a\\' ; DELETE FROM t",
        "/* a comment without an end",
        "WITH a AS (SELECT 1) DELETE FROM t",
        "CALL p()",
        "`x`"
      })
  void theyMayWrite(String sql) {
    assertThat(Reads.only(sql)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 300, 5000})
  void aLongCommentHidesNothing(int length) {
    assertThat(Reads.only("/*" + "x".repeat(length) + "*/ DELETE FROM t")).isFalse();
  }
}
