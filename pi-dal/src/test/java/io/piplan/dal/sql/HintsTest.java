package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HintsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/* pi: source */ SELECT 1",
        "SELECT /*PI:SOURCE*/ 1",
        "SELECT 'it''s' /* x */ FROM t /*\n pi : source\n*/"
      })
  void sourceIsAskedFor(String sql) {
    assertThat(Hints.of(sql).source()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT '/* pi: source */'",
        "SELECT \"/* pi: source */\", `/* pi: source */` FROM t",
        "SELECT 1 -- /* pi: source */",
        "/* pie: source */ SELECT 1"
      })
  void othersAskForNothing(String sql) {
    assertThat(Hints.of(sql).source()).isFalse();
  }

  @Test
  void anUnknownHintIsRefused() {
    assertThatThrownBy(() -> Hints.of("SELECT /* pi: sorce */ 1"))
        .isInstanceOf(DalException.class)
        .hasMessage("there is no hint \"sorce\"; write /* pi: source */, or leave it out");
  }
}
