package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {
  @Test
  void whatIsPrintedIsRead() {
    for (Lsn lsn :
        new Lsn[] {
          Lsn.START,
          Lsn.boundary("binlog.000012", 4711),
          new Lsn("2/my-bin.1000000", 4, 123_456_789_012L, 3)
        }) {
      assertThat(Lsn.parse(lsn.toString())).isEqualTo(lsn);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "binlog.000012", "a:b", "a:1+2", "a:1+2.3.4", "a:1:2"})
  void whatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> Lsn.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
