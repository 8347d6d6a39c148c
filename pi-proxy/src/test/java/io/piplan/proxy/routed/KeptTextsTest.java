package io.piplan.proxy.routed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import org.junit.jupiter.api.Test;

class KeptTextsTest {
  private final KeptTexts texts = new KeptTexts(20);

  @Test
  void theyAreBoundedTogether() {
    texts.add("SELECT 1, ?", 1);
    assertThatThrownBy(() -> texts.add("SELECT 1, ?", 1))
        .satisfies(
            e -> assertThat(((ProxyException) e).error()).isEqualTo(ProxyError.TOO_MANY_STATEMENTS))
        .hasMessageContaining("longer than 20 bytes together");
    texts.remove("SELECT 1, ?");
    assertThatCode(() -> texts.add("SELECT 1, ?", 1)).doesNotThrowAnyException();
    texts.clear();
    assertThatCode(() -> texts.add("SELECT 1, ?", 65_535)).doesNotThrowAnyException();
  }

  @Test
  void theProtocolCountsParametersInTwoBytes() {
    assertThatThrownBy(() -> texts.add("SELECT", 65_536))
        .satisfies(
            e ->
                assertThat(((ProxyException) e).error()).isEqualTo(ProxyError.TOO_MANY_PARAMETERS));
  }
}
