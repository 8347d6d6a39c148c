package io.piplan.dts.binlog;

import java.util.Arrays;

/** MariaDB's UUID, INET4 and INET6, which stand in row images as short binary strings. */
final class FixedTypes {
  private static final int UUID_BYTES = 16;
  private static final int INET4_BYTES = 4;
  private static final int[] DASH_BEFORE = {4, 6, 8, 10};
  private static final byte[] HEX = Numbers.ascii("0123456789abcdef");

  private FixedTypes() {}

  static ColumnDecoder uuid(int prefix) {
    return in -> uuidText(Arrays.copyOf(in.take((int) in.little(prefix)), UUID_BYTES));
  }

  private static byte[] uuidText(byte[] bytes) {
    byte[] text = new byte[36];
    int at = 0;
    for (int i = 0; i < UUID_BYTES; i++) {
      if (Arrays.binarySearch(DASH_BEFORE, i) >= 0) {
        text[at++] = '-';
      }
      text[at++] = HEX[bytes[i] >> 4 & 15];
      text[at++] = HEX[bytes[i] & 15];
    }
    return text;
  }

  static ColumnDecoder inet(int prefix, int length) {
    return in -> {
      byte[] bytes = Arrays.copyOf(in.take((int) in.little(prefix)), length);
      return Numbers.ascii(length == INET4_BYTES ? inet4(bytes, 0) : inet6(bytes));
    };
  }

  private static String inet4(byte[] bytes, int offset) {
    StringBuilder text = new StringBuilder(15);
    for (int i = offset; i < offset + INET4_BYTES; i++) {
      text.append(i == offset ? "" : ".").append(bytes[i] & 0xFF);
    }
    return text.toString();
  }

  /** The longest run of zero groups becomes {@code ::}; mapped addresses end like an IPv4 one. */
  private static String inet6(byte[] bytes) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xFF) << 8 | (bytes[2 * i + 1] & 0xFF);
    }
    int gapStart = -1;
    int gapLength = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > gapLength) {
        gapStart = i;
        gapLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == gapStart) {
        text.append("::");
        i += gapLength - 1;
        continue;
      }
      if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      boolean embedded =
          i == 6 && gapStart == 0 && (gapLength == 6 || (gapLength == 5 && groups[5] == 0xFFFF));
      if (embedded) {
        return text.append(inet4(bytes, 12)).toString();
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
