package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatementMarkTest {
  @Test
  void aMarkedStatementIsKnown() {
    String marked = StatementMark.in("ALTER TABLE `a`.`t` ADD COLUMN `c` INT", 12);
    assertThat(marked).isEqualTo("ALTER /* pi_dts zone 12 */ TABLE `a`.`t` ADD COLUMN `c` INT");
    assertThat(StatementMark.isIn(marked)).isTrue();
    assertThat(StatementMark.isIn("\n " + marked)).isTrue();
  }

  @Test
  void othersAreNot() {
    assertThat(StatementMark.isIn("ALTER TABLE t ADD COLUMN c INT")).isFalse();
    assertThat(StatementMark.isIn("ALTER /* gh-ost */ TABLE t ADD COLUMN c INT")).isFalse();
    assertThat(StatementMark.isIn("CREATE TABLE t (i INT) COMMENT 'x /* pi_dts zone 1 */ y'"))
        .isFalse();
    assertThat(StatementMark.isIn("")).isFalse();
  }
}
