package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LikePatternTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "'orders',Orders,true",
        "'ORD%',orders,true",
        "'%ers',orders,true",
        "'%d%r%',orders,true",
        "'%d%d%',orders,false",
        "'%ab%abc',ababababc,true",
        "'order_',orders,true",
        "'order_',order,false",
        "'_rder%',orders,true",
        "'order',orders,false",
        "'orders_',orders,false",
        "'',orders,false",
        "'%',orders,true",
        "'%%',orders,true",
        "'a\\_b',a_b,true",
        "'a\\_b',axb,false",
        "'a\\%',a%,true",
        "'a\\%',ab,false",
        "'a.b',axb,false",
        "'it''s',it's,true",
        "'\uD83D\uDE00_',\uD83D\uDE00\uD83D\uDE00,true",
        "'ümlaut',ÜMLAUT,true"
      })
  void patterns(String literal, String name, boolean matches) {
    assertThat(LikePattern.of(literal).matches(name)).isEqualTo(matches);
  }

  /** Tried in every way it would take years. */
  @Test
  void manySignsAreNoMoreWork() {
    LikePattern all = LikePattern.of("'" + "%".repeat(60) + "x'");
    LikePattern apart = LikePattern.of("'" + "%a".repeat(30) + "x'");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          assertThat(all.matches("a".repeat(64))).isFalse();
          assertThat(apart.matches("a".repeat(64))).isFalse();
        });
  }

  @Test
  void whatIsNoTextIsNoPattern() {
    assertThatThrownBy(() -> LikePattern.of("NULL")).isInstanceOf(DalException.class);
    assertThatThrownBy(() -> LikePattern.of("name")).isInstanceOf(DalException.class);
  }
}
