package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GtidSetTest {
  private static final String A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  private static final String B = "00000000-0000-0000-0000-00000000000b";

  @Test
  void equalSetsHaveEqualTexts() {
    MySqlGtids set =
        MySqlGtids.parse(A.toUpperCase(java.util.Locale.ROOT) + ":7-9:1-3,\n" + B + ":5")
            .orElseThrow();
    assertThat(set.text()).isEqualTo(B + ":5," + A + ":1-3:7-9");
    set.add(A, 5);
    assertThat(set.text()).isEqualTo(B + ":5," + A + ":1-3:5:7-9");
    set.add(A, 4);
    set.add(A, 6);
    set.add(A, 6);
    set.add(A, 10);
    set.add(B, 4);
    assertThat(set.text()).isEqualTo(B + ":4-5," + A + ":1-10");
    assertThat(MySqlGtids.parse(set.text()).orElseThrow().text()).isEqualTo(set.text());
  }

  @Test
  void oneThatOverlapsOthersTakesThemIn() {
    assertThat(MySqlGtids.parse(A + ":1-2:5-6:9-10:3-9").orElseThrow().text())
        .isEqualTo(A + ":1-10");
  }

  @ParameterizedTest
  @ValueSource(strings = {A + ":tag:1-3", A + ":1-3:tag:1", A + ":x", A + ":1-", A + ":"})
  void whatIsNotFollowedIsNotKnown(String text) {
    assertThat(MySqlGtids.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"0-1-5,2-3-9|0-1-5,2-3-9", "2-3-9, 0-1-5|0-1-5,2-3-9", "''|''"})
  void positionsOfMariaDb(String text, String expected) {
    assertThat(MariaDbGtids.parse(text).orElseThrow().text()).isEqualTo(expected);
  }

  @Test
  void aDomainGoesOn() {
    MariaDbGtids position = MariaDbGtids.parse("0-1-5,2-3-9").orElseThrow();
    position.add(0, 2, 6);
    assertThat(position.text()).isEqualTo("0-2-6,2-3-9");
    assertThat(MariaDbGtids.parse(A + ":1-3")).isEmpty();
  }

  @Test
  void whatAFileSaysWasBefore() {
    ByteBuffer body = ByteBuffer.allocate(8 + 16 + 8 + 32).order(ByteOrder.LITTLE_ENDIAN);
    body.putLong(1);
    body.order(ByteOrder.BIG_ENDIAN).putLong(0x3e11fa4771ca11e1L).putLong(0x9e33c80aa9429562L);
    body.order(ByteOrder.LITTLE_ENDIAN).putLong(2).putLong(1).putLong(4).putLong(7).putLong(8);
    assertThat(
            MySqlGtids.previous(new ByteReader(body.array(), body.capacity())).orElseThrow().text())
        .isEqualTo(A + ":1-3:7");
  }
}
