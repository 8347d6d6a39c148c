package io.piplan.lcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  @Test
  void errorNumbersAreUniqueAndFound() {
    assertThat(Arrays.stream(LcsError.values()).map(LcsError::number)).doesNotHaveDuplicates();
    for (LcsError error : LcsError.values()) {
      assertThat(LcsError.of(error.number())).isEqualTo(error);
    }
    assertThat(LcsError.of(9_999)).isEqualTo(LcsError.INTERNAL);
  }

  @Test
  void namesNeedNoEscaping() {
    assertThat(new SequenceName("shop.orders-2_x").text()).isEqualTo("shop.orders-2_x");
    for (String wrong : new String[] {"", "a/b", "a b", "ü", "x".repeat(129)}) {
      assertThatThrownBy(() -> new SequenceName(wrong)).hasMessageContaining("PI-LCS-3002");
    }
  }

  @Test
  void policiesAreWithinBounds() {
    assertThatThrownBy(() -> new SequencePolicy(SequencePolicy.Kind.COUNTER, 0, 5))
        .hasMessageContaining("PI-LCS-1001");
    assertThatThrownBy(() -> new SequencePolicy(SequencePolicy.Kind.COUNTER, 6, 5))
        .hasMessageContaining("from 6 to 5");
    assertThatThrownBy(() -> new SequencePolicy(SequencePolicy.Kind.TIME, 1, 1L << 52))
        .hasMessageContaining("4503599627370495");
  }

  @Test
  void timeNumbersTellTheirTime() {
    Instant time = Instant.parse("2026-11-26T15:00:00.123Z");
    long number = TimeNumber.firstOf(time.toEpochMilli());
    assertThat(TimeNumber.timeOf(number)).isEqualTo(time);
    assertThat(TimeNumber.timeOf(number + 2_047)).isEqualTo(time);
    assertThat(number).isLessThan(TimeNumber.LARGEST);
    assertThat(TimeNumber.firstOf(Instant.parse("2200-01-01T00:00:00Z").toEpochMilli()))
        .isEqualTo(TimeNumber.LARGEST);
    assertThat(TimeNumber.firstOf(0)).isEqualTo(1);
  }
}
