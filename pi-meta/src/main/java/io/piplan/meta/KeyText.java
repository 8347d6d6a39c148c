package io.piplan.meta;

import java.nio.charset.StandardCharsets;

/** A key's value as text. The zeros at the end of a decimal fraction don't count. */
final class KeyText {
  private KeyText() {}

  /** Null for null. */
  static String of(byte[] value) {
    if (value == null) {
      return null;
    }
    String text = new String(value, StandardCharsets.UTF_8);
    if (!hasFraction(value)) {
      return text;
    }
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    String shorter = text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
    return shorter.equals("-0") ? "0" : shorter;
  }

  /** Whether it looks like {@code -12.340}. */
  static boolean hasFraction(byte[] value) {
    int point = -1;
    int start = value.length > 0 && value[0] == '-' ? 1 : 0;
    for (int i = start; i < value.length; i++) {
      if (value[i] == '.' && point < 0) {
        point = i;
      } else if (value[i] < '0' || value[i] > '9') {
        return false;
      }
    }
    return point > start && point < value.length - 1;
  }

  static boolean isWholeNumber(String text) {
    if (text == null) {
      return false;
    }
    int start = text.startsWith("-") ? 1 : 0;
    for (int i = start; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return text.length() > start;
  }
}
