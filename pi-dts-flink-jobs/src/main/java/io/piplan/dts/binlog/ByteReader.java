package io.piplan.dts.binlog;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the little- and big-endian numbers of binlog events out of a byte array. */
final class ByteReader {
  final byte[] bytes;
  final int limit;
  int position;

  ByteReader(byte[] bytes, int limit) {
    this.bytes = bytes;
    this.limit = limit;
  }

  int remaining() {
    return limit - position;
  }

  void skip(int count) {
    require(count);
    position += count;
  }

  int u8() {
    require(1);
    return bytes[position++] & 0xFF;
  }

  int u16() {
    return (int) little(2);
  }

  long little(int count) {
    require(count);
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      value = value << 8 | (bytes[position + i] & 0xFF);
    }
    position += count;
    return value;
  }

  /** Little-endian and signed. */
  long littleSigned(int count) {
    int shift = 64 - 8 * count;
    return little(count) << shift >> shift;
  }

  long big(int count) {
    require(count);
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | (bytes[position + i] & 0xFF);
    }
    position += count;
    return value;
  }

  /** A length-encoded number that is no NULL. */
  long packed() {
    int first = u8();
    return switch (first) {
      case 252 -> little(2);
      case 253 -> little(3);
      case 254 -> little(8);
      default -> first;
    };
  }

  byte[] take(int count) {
    require(count);
    byte[] taken = Arrays.copyOfRange(bytes, position, position + count);
    position += count;
    return taken;
  }

  String text(int count) {
    require(count);
    String text = new String(bytes, position, count, StandardCharsets.UTF_8);
    position += count;
    return text;
  }

  private void require(int count) {
    if (count < 0 || position + count > limit) {
      throw new TruncatedEventException(
          "needs " + count + " bytes at " + position + " of " + limit);
    }
  }
}
