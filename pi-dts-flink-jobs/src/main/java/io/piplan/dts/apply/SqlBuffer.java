package io.piplan.dts.apply;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Grows a statement, or a bulk load's data, as bytes; text is UTF-8. Reused after a reset. */
final class SqlBuffer {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes;
  private int length;

  SqlBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  int length() {
    return length;
  }

  boolean isEmpty() {
    return length == 0;
  }

  /** The bytes themselves, valid up to {@link #length} and until the next change. */
  byte[] array() {
    return bytes;
  }

  void reset() {
    length = 0;
  }

  /** Forgets what was written after {@code newLength}. */
  void truncate(int newLength) {
    length = newLength;
  }

  SqlBuffer put(int b) {
    room(1);
    bytes[length++] = (byte) b;
    return this;
  }

  SqlBuffer put(byte[] more) {
    return put(more, 0, more.length);
  }

  SqlBuffer put(byte[] more, int from, int count) {
    room(count);
    System.arraycopy(more, from, bytes, length, count);
    length += count;
    return this;
  }

  SqlBuffer put(String text) {
    return put(text.getBytes(StandardCharsets.UTF_8));
  }

  SqlBuffer hex(byte[] raw) {
    return hex(raw, 0, raw.length);
  }

  SqlBuffer hex(byte[] raw, int from, int count) {
    room(2 * count);
    int to = length;
    for (int i = from; i < from + count; i++) {
      byte b = raw[i];
      bytes[to++] = HEX[(b >> 4) & 15];
      bytes[to++] = HEX[b & 15];
    }
    length = to;
    return this;
  }

  SqlBuffer int16(int value) {
    room(2);
    bytes[length++] = (byte) (value >> 8);
    bytes[length++] = (byte) value;
    return this;
  }

  SqlBuffer int32(int value) {
    return int16(value >> 16).int16(value);
  }

  SqlBuffer int64(long value) {
    return int32((int) (value >> 32)).int32((int) value);
  }

  /** Overwrites four bytes written before. */
  void int32At(int position, int value) {
    bytes[position] = (byte) (value >> 24);
    bytes[position + 1] = (byte) (value >> 16);
    bytes[position + 2] = (byte) (value >> 8);
    bytes[position + 3] = (byte) value;
  }

  /** Makes room, so that {@code count} more bytes can be written into {@link #array}. */
  void room(int count) {
    if (bytes.length - length < count) {
      int wanted = Math.addExact(length, count);
      bytes = Arrays.copyOf(bytes, Math.max(wanted, (int) Math.min(1L << 30, bytes.length * 2L)));
    }
  }

  /** Takes bytes that were written into {@link #array} directly. */
  void advance(int count) {
    length += count;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  /** What was written, as text. */
  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
