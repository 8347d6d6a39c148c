package io.piplan.dts.copy;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloatTextTest {
  @ParameterizedTest
  @CsvSource({
    "1.1, 1.1",
    "0, 0",
    "-0.0, -0",
    "16777216, 16777216",
    "3.4028235e38, 3.4028235e38",
    "1.4e-45, 1e-45",
    "-2.5e-20, -2.5e-20",
    "1e14, 100000000000000",
    "1e20, 1e20",
  })
  void isTheShortest(float value, String expected) {
    assertThat(FloatText.of(value)).isEqualTo(expected);
  }

  @Property
  void givesBackTheSameFloat(@ForAll float value) {
    assertThat(Float.parseFloat(FloatText.of(value))).isEqualTo(value);
  }
}
