package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementSizeTest {
  private static final StatementSize SIX = new StatementSize(6);

  @Test
  void wordsAndSignsAreCounted() {
    assertThatCode(() -> SIX.check("SELECT 'a long text', column_1 FROM /* many more */ `t`"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> SIX.check("SELECT 1, 2 FROM t x"))
        .isInstanceOfSatisfying(
            DalException.class, e -> assertThat(e.mysqlNumber()).isEqualTo(1153))
        .hasMessageContaining("more than 6 words");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT 'a text without end", "SELECT )", "SELECT 1 /*! + 1 */"})
  void whatCannotBeReadOthersTell(String sql) {
    assertThatCode(() -> SIX.check(sql)).doesNotThrowAnyException();
  }

  @Test
  void aTextWithRowsInItMayHaveMore() {
    String rows = "SELECT 1 UNION ALL SELECT 2";
    assertThatThrownBy(() -> SIX.check(rows + " FROM t")).isInstanceOf(DalException.class);
    assertThatCode(() -> SIX.withRows().check(rows + " FROM t")).doesNotThrowAnyException();
  }
}
