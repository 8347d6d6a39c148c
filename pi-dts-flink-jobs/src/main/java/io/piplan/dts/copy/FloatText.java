package io.piplan.dts.copy;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/** The canonical text of a FLOAT: fewest digits that give back the same float. */
final class FloatText {
  /** Nine digits always suffice for a float. */
  private static final int MOST_DIGITS = 9;

  private static final int SMALLEST_POINT = -14;
  private static final int LARGEST_POINT = 15;

  private FloatText() {}

  /**
   * @param text the float's exact value, as the server prints the equal double
   */
  static byte[] ofDouble(byte[] text) {
    return of((float) Double.parseDouble(new String(text, StandardCharsets.US_ASCII)))
        .getBytes(StandardCharsets.US_ASCII);
  }

  static String of(float value) {
    if (value == 0) {
      return Float.floatToRawIntBits(value) < 0 ? "-0" : "0";
    }
    BigDecimal exact = new BigDecimal(value);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= MOST_DIGITS; digits++) {
      shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (shortest.floatValue() == value) {
        break;
      }
    }
    return format(shortest.stripTrailingZeros());
  }

  /** Plain or with an exponent, where MySQL does so. */
  private static String format(BigDecimal value) {
    int point = value.precision() - value.scale();
    if (point >= SMALLEST_POINT && point <= LARGEST_POINT) {
      return value.toPlainString();
    }
    String digits = value.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return (value.signum() < 0 ? "-" : "") + mantissa + "e" + (point - 1);
  }
}
