package io.piplan.dts.binlog;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Numbers of row images as ASCII decimal, as the server would print them. */
final class Numbers {
  private static final int[] BYTES_OF_DIGITS = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
  private static final int DIGITS_PER_WORD = 9;

  /** Decimal exponents outside of which the server prints an exponent. */
  private static final int SMALLEST_POINT = -14;

  private static final int LARGEST_POINT = 15;

  private Numbers() {}

  static ColumnDecoder signed(int bytes) {
    return in -> ascii(in.littleSigned(bytes));
  }

  static ColumnDecoder unsigned(int bytes) {
    if (bytes < 8) {
      return in -> ascii(in.little(bytes));
    }
    return in -> {
      long value = in.little(8);
      return value >= 0 ? ascii(value) : ascii(Long.toUnsignedString(value));
    };
  }

  static byte[] readFloat(ByteReader in) {
    float value = Float.intBitsToFloat((int) in.little(4));
    return ascii(shortest(Float.toString(value), text -> Float.parseFloat(text) == value));
  }

  static byte[] readDouble(ByteReader in) {
    return ascii(shortest(Double.longBitsToDouble(in.little(8))));
  }

  static String shortest(double value) {
    return shortest(Double.toString(value), text -> Double.parseDouble(text) == value);
  }

  private interface Exact {
    boolean same(String text);
  }

  /** The digits Java gives are enough but, before JDK 19, sometimes one too many. */
  private static String shortest(String javaText, Exact exact) {
    BigDecimal value = new BigDecimal(javaText);
    if (value.signum() == 0) {
      return javaText.startsWith("-") ? "-0" : "0";
    }
    value = value.stripTrailingZeros();
    while (value.precision() > 1) {
      BigDecimal shorter =
          value
              .round(new MathContext(value.precision() - 1, RoundingMode.HALF_EVEN))
              .stripTrailingZeros();
      if (!exact.same(shorter.toString())) {
        break;
      }
      value = shorter;
    }
    int point = value.precision() - value.scale();
    if (point >= SMALLEST_POINT && point <= LARGEST_POINT) {
      return value.toPlainString();
    }
    String digits = value.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return (value.signum() < 0 ? "-" : "") + mantissa + "e" + (point - 1);
  }

  /** The packed decimal format: words of nine digits, sign in the first bit. */
  static ColumnDecoder decimal(int precision, int scale) {
    int integerDigits = precision - scale;
    int leading = integerDigits % DIGITS_PER_WORD;
    int trailing = scale % DIGITS_PER_WORD;
    int integerWords = integerDigits / DIGITS_PER_WORD;
    int fractionWords = scale / DIGITS_PER_WORD;
    int size = decimalBytes(precision, scale);
    return in -> {
      byte[] packed = in.take(size);
      boolean negative = (packed[0] & 0x80) == 0;
      packed[0] ^= (byte) 0x80;
      if (negative) {
        for (int i = 0; i < packed.length; i++) {
          packed[i] = (byte) ~packed[i];
        }
      }
      ByteReader words = new ByteReader(packed, size);
      byte[] digits = new byte[integerDigits + scale];
      int at = putWord(words, digits, 0, leading);
      for (int i = 0; i < integerWords; i++) {
        at = putWord(words, digits, at, DIGITS_PER_WORD);
      }
      for (int i = 0; i < fractionWords; i++) {
        at = putWord(words, digits, at, DIGITS_PER_WORD);
      }
      putWord(words, digits, at, trailing);
      return point(digits, integerDigits, negative);
    };
  }

  static int decimalBytes(int precision, int scale) {
    return digitBytes(precision - scale) + digitBytes(scale);
  }

  private static int digitBytes(int digits) {
    return 4 * (digits / DIGITS_PER_WORD) + BYTES_OF_DIGITS[digits % DIGITS_PER_WORD];
  }

  private static int putWord(ByteReader in, byte[] digits, int at, int count) {
    if (count == 0) {
      return at;
    }
    long word = in.big(BYTES_OF_DIGITS[count]);
    for (int i = at + count - 1; i >= at; i--) {
      digits[i] = (byte) ('0' + word % 10);
      word /= 10;
    }
    return at + count;
  }

  private static byte[] point(byte[] digits, int integerDigits, boolean negative) {
    int start = 0;
    while (start < integerDigits - 1 && digits[start] == '0') {
      start++;
    }
    int scale = digits.length - integerDigits;
    boolean noInteger = integerDigits == 0;
    int integers = noInteger ? 1 : integerDigits - start;
    byte[] text = new byte[(negative ? 1 : 0) + integers + (scale > 0 ? 1 + scale : 0)];
    int at = 0;
    if (negative) {
      text[at++] = '-';
    }
    if (noInteger) {
      text[at++] = '0';
    } else {
      System.arraycopy(digits, start, text, at, integers);
      at += integers;
    }
    if (scale > 0) {
      text[at++] = '.';
      System.arraycopy(digits, integerDigits, text, at, scale);
    }
    return text;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] ascii(long value) {
    if (value == Long.MIN_VALUE) {
      return ascii(Long.toString(value));
    }
    byte[] digits = new byte[20];
    int at = digits.length;
    long rest = Math.abs(value);
    do {
      digits[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (value < 0) {
      digits[--at] = '-';
    }
    return Arrays.copyOfRange(digits, at, digits.length);
  }
}
