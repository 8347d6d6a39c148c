package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
  private static ByteReader reader(byte[] bytes) {
    return new ByteReader(bytes, bytes.length);
  }

  private static String text(byte[] ascii) {
    return new String(ascii, StandardCharsets.US_ASCII);
  }

  private static byte[] little(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  @Property
  void integers(@ForAll long value) {
    assertThat(text(Numbers.signed(8).decode(reader(little(value))))).isEqualTo("" + value);
    assertThat(text(Numbers.signed(4).decode(reader(little(value))))).isEqualTo("" + (int) value);
    assertThat(text(Numbers.unsigned(8).decode(reader(little(value)))))
        .isEqualTo(Long.toUnsignedString(value));
  }

  @Property
  void doublesComeBackTheSame(@ForAll double value) {
    byte[] bits = little(Double.doubleToLongBits(value));
    assertThat(Double.parseDouble(text(Numbers.readDouble(reader(bits))))).isEqualTo(value);
  }

  @Property
  void floatsComeBackTheSame(@ForAll float value) {
    byte[] bits = little(Float.floatToIntBits(value));
    assertThat(Float.parseFloat(text(Numbers.readFloat(reader(bits))))).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({
    "2.0E-3,0.002",
    "2.0E23,2e23",
    "5.684341886080802E-14,0.00000000000005684341886080802"
  })
  void doublesAreAsShortAsCanBe(double value, String expected) {
    byte[] bits = little(Double.doubleToLongBits(value));
    assertThat(text(Numbers.readDouble(reader(bits)))).isEqualTo(expected);
  }

  /** Words of nine digits, the sign bit flipped, negative values inverted. */
  @Test
  void packedDecimals() {
    byte[] packed = HexFormat.of().parseHex("810DFB38D204D2");
    assertThat(text(Numbers.decimal(14, 4).decode(reader(packed)))).isEqualTo("1234567890.1234");
    byte[] negative = new BigInteger(1, packed).not().toByteArray();
    byte[] seven = new byte[7];
    System.arraycopy(negative, Math.max(0, negative.length - 7), seven, 0, 7);
    assertThat(text(Numbers.decimal(14, 4).decode(reader(seven)))).isEqualTo("-1234567890.1234");
  }
}
