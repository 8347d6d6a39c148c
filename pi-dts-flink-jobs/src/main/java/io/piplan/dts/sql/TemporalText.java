package io.piplan.dts.sql;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Compares dates and times in the forms in which MySQL prints them and people write them. */
final class TemporalText {
  private TemporalText() {}

  /** A number that orders like the moment the text names: {@code [-]YYYYMMDDhhmmss.ffffff}. */
  static BigDecimal comparable(String text) {
    String trimmed = text.trim().replace('T', ' ');
    boolean negative = trimmed.startsWith("-");
    String unsigned = negative ? trimmed.substring(1) : trimmed;
    boolean time = unsigned.indexOf('-') < 0 && unsigned.indexOf(':') >= 0;
    String date = time ? "" : unsigned.split(" ", 2)[0];
    String clock = time ? unsigned : unsigned.contains(" ") ? unsigned.split(" ", 2)[1] : "";
    String[] fraction = clock.split("\\.", 2);
    BigDecimal number = new BigDecimal(digits(date, 8) + clockDigits(fraction[0]));
    if (fraction.length == 2 && fraction[1].matches("\\d+")) {
      number = number.add(new BigDecimal("0." + fraction[1]));
    }
    number = number.setScale(6, RoundingMode.DOWN);
    return negative ? number.negate() : number;
  }

  private static String clockDigits(String clock) {
    StringBuilder digits = new StringBuilder();
    for (String part : clock.split(":", -1)) {
      digits.append(digits(part, digits.length() == 0 ? 3 : 2));
    }
    while (digits.length() < 7) {
      digits.append('0');
    }
    return digits.toString();
  }

  private static String digits(String text, int width) {
    String digits = text.replaceAll("\\D", "");
    return "0".repeat(Math.max(0, width - digits.length())) + digits;
  }
}
