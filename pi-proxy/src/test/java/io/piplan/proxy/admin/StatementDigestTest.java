package io.piplan.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Statements without their values. */
class StatementDigestTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          SELECT 1                                          | SELECT ?
          select  *\tfrom t where a='it''s' and b=-1.5e-3   | select * from t where a=? and b=-?
          SELECT * FROM t1 WHERE c2 IN (1, 2,3 , 'x')       | SELECT * FROM t1 WHERE c2 IN (?)
          INSERT INTO t VALUES (1,'a'),(2,'b'), (3, 'c');   | INSERT INTO t VALUES (?)
          SELECT /* who: 17 */ a -- 5                       | SELECT a
          SELECT "x\\" y", `a 1`, 0xFF, x FROM `t`          | SELECT ?, `a 1`, ?, x FROM `t`
          SELECT 'open                                      | SELECT ?
          SELECT * FROM t WHERE a = ? AND b = ?             | SELECT * FROM t WHERE a = ? AND b = ?
          """)
  void valuesAreLeftOut(String sql, String digest) {
    assertThat(StatementDigest.of(sql)).isEqualTo(digest);
  }

  @Test
  void longOnesAreCut() {
    String digest = StatementDigest.of("SELECT " + "abcdefghij, ".repeat(1000));
    assertThat(digest).hasSizeLessThan(2100).endsWith("…");
  }
}
