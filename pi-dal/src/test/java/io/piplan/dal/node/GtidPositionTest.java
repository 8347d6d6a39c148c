package io.piplan.dal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GtidPositionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0-1-100 | 0-1-100 | true",
        "0-1-100 | 0-1-101 | false",
        "0-2-101 | 0-1-100 | true",
        "0-1-100,1-1-7 | 1-1-7,0-1-99 | true",
        "0-1-100 | 0-1-100,1-1-1 | false",
        "'' | 0-1-1 | false",
        "0-1-1 | '' | true"
      })
  void reachesWhatAllDomainsReach(String here, String there, boolean expected) {
    assertThat(GtidPosition.of(here).reaches(GtidPosition.of(there))).isEqualTo(expected);
  }

  @Test
  void otherTextsAreRefused() {
    assertThatThrownBy(() -> GtidPosition.of("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
