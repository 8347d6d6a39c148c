package io.piplan.dal.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.piplan.dal.DalException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HintsTest {
  /** What took minutes before takes milliseconds. */
  private static final Duration SOON = Duration.ofSeconds(20);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/* pi: source */ SELECT 1",
        "SELECT /*PI:SOURCE*/ 1",
        "SELECT 1 /*  pi \n :  Source\t*/"
      })
  void sourceIsAskedFor(String sql) {
    assertThat(Hints.of(sql).source()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT '/* pi: source */'",
        "SELECT 1 /* source */",
        "SELECT 1 /* pipe: source */",
        "SELECT 1 /**/",
        "SELECT 1 -- /* pi: source */"
      })
  void nothingIsAskedFor(String sql) {
    assertThat(Hints.of(sql).source()).isFalse();
  }

  @Test
  void unknownOnesAreRefused() {
    assertThatThrownBy(() -> Hints.of("SELECT 1 /* pi: replica */"))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("there is no hint \"replica\"");
  }

  @Test
  void longTextsAndCommentsCostNoTime() {
    String spaces = " ".repeat(60_000);
    assertTimeoutPreemptively(
        SOON,
        () -> {
          assertThat(Hints.of("SELECT '/* pi:" + spaces + "' FROM t").source()).isFalse();
          assertThat(Hints.of("SELECT 1 /*" + spaces + "pi:" + spaces + "source */").source())
              .isTrue();
          assertThatThrownBy(() -> Hints.of("SELECT 1 /* pi:" + spaces + "x" + spaces + "y*/"))
              .isInstanceOf(DalException.class);
        });
  }
}
