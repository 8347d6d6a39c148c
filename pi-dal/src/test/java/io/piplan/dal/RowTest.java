package io.piplan.dal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 250, 251, 252, 65_535, 65_536, 16_777_215, 16_777_216})
  void valuesOfEveryLengthComeBackOutOfTheBytes(int length) {
    byte[] value = new byte[length];
    Arrays.fill(value, (byte) 0xFB);
    List<byte[]> values = new ArrayList<>();
    values.add(null);
    values.add(value);
    values.add("x".getBytes(StandardCharsets.UTF_8));

    List<byte[]> read = Row.of(Row.ofText(values).payload()).textValues();

    assertThat(read).hasSize(3);
    assertThat(read.get(0)).isNull();
    assertThat(Arrays.equals(read.get(1), value)).isTrue();
    assertThat(read.get(2)).containsExactly('x');

    for (Row row : List.of(Row.of(Row.ofText(values).payload()), Row.ofText(values))) {
      assertThat(row.first(2).payload())
          .isEqualTo(Row.ofText(values.subList(0, 2)).payload())
          .isNotEqualTo(row.payload());
      assertThat(row.first(2).textValues()).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"05616263", "fc0500", "fcff", "ff", "feffffffffffffffff61"})
  void bytesThatEndInTheMiddleOfAValueAreRefused(String hex) {
    Row row = Row.of(java.util.HexFormat.of().parseHex(hex));

    assertThatThrownBy(row::textValues)
        .isInstanceOf(DalException.class)
        .hasMessageContaining("ends in the middle");
    assertThatThrownBy(() -> row.first(2))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("ends in the middle");
  }

  @Test
  void literalsMeanTheSameWithAndWithoutBackslashEscapes() {
    assertThat(Value.text("it's").literal()).isEqualTo("'it''s'");
    assertThat(Value.text("a\\b").literal()).isEqualTo("_utf8mb4 x'615c62'");
    assertThat(Value.NULL.literal()).isEqualTo("NULL");
    assertThat(Value.bytes(new byte[] {0, 39}).literal()).isEqualTo("x'0027'");
    assertThat(Value.bytes(new byte[0]).literal()).isEqualTo("''");
  }

  @Test
  void numbersOfErrorsAreUnique() {
    assertThat(Arrays.stream(DalError.values()).map(DalError::number)).doesNotHaveDuplicates();
    assertThat(DalError.values()).allMatch(error -> error.sqlState().length() == 5);
  }
}
