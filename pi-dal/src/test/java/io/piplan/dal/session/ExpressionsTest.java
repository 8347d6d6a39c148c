package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What SET @x = … asks a node. */
class ExpressionsTest {
  @Test
  void anExpressionStaysOne() {
    assertThat(Expressions.selected("1 + 2")).isEqualTo("SELECT (1 + 2)");
    assertThat(Expressions.selected("(SELECT MAX(id) FROM t)"))
        .isEqualTo("SELECT (SELECT MAX(id) FROM t)");
    assertThat(Expressions.selected("(1) + (2)")).isEqualTo("SELECT ((1) + (2))");
    assertThat(Expressions.selected("SUBSTRING('FROM' FROM 2)"))
        .isEqualTo("SELECT (SUBSTRING('FROM' FROM 2))");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "authentication_string FROM mysql.user LIMIT 1",
        "1 INTO @y",
        "1 LIMIT 1",
        "a FOR UPDATE",
        "(SELECT 1) UNION (SELECT 2)",
        "1) FROM t WHERE (1 = 1"
      })
  void aQueryThatIsNoneIsRefused(String expression) {
    assertThatThrownBy(() -> Expressions.selected(expression))
        .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(DalError.SYNTAX));
  }
}
