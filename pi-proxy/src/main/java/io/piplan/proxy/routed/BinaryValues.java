package io.piplan.proxy.routed;

import io.piplan.proxy.protocol.ColumnType;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values as texts → as they are in rows of prepared statements. */
final class BinaryValues {
  private static final Pattern DATE_TIME =
      Pattern.compile(
          "(\\d{4})-(\\d{2})-(\\d{2})(?:[ T](\\d{2}):(\\d{2}):(\\d{2})(?:\\.(\\d{1,6}))?)?");
  private static final Pattern TIME =
      Pattern.compile("(-?)(\\d{1,3}):(\\d{2}):(\\d{2})(?:\\.(\\d{1,6}))?");

  private BinaryValues() {}

  /**
   * The bytes of one value, without those that tell the length.
   *
   * @param text as the server prints it; null for NULL
   * @throws IllegalArgumentException if it is no value of this type
   */
  static byte[] of(ColumnType type, byte[] text) {
    if (text == null) {
      return null;
    }
    return switch (type) {
      case TINY -> whole(text, 1);
      case SHORT, YEAR -> whole(text, 2);
      case LONG, INT24 -> whole(text, 4);
      case LONGLONG -> whole(text, 8);
      case FLOAT -> little(4, to -> to.putFloat(Float.parseFloat(string(text))));
      case DOUBLE -> little(8, to -> to.putDouble(Double.parseDouble(string(text))));
      case DATE, DATETIME, TIMESTAMP -> dateTime(string(text));
      case TIME -> time(string(text));
      case NULL -> null;
      default -> text;
    };
  }

  private static String string(byte[] text) {
    return new String(text, StandardCharsets.US_ASCII);
  }

  private static byte[] little(int bytes, Consumer<ByteBuffer> write) {
    byte[] value = new byte[bytes];
    write.accept(ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN));
    return value;
  }

  /** The lowest bytes, which are the same with and without a sign. */
  private static byte[] whole(byte[] text, int bytes) {
    long number = new BigInteger(string(text)).longValue();
    byte[] value = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      value[i] = (byte) (number >>> (8 * i));
    }
    return value;
  }

  private static byte[] dateTime(String text) {
    Matcher parts = DATE_TIME.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no date");
    }
    int micros = micros(parts.group(7));
    int hour = number(parts.group(4));
    int minute = number(parts.group(5));
    int second = number(parts.group(6));
    boolean timed = hour + minute + second + micros > 0;
    int year = number(parts.group(1));
    int month = number(parts.group(2));
    int day = number(parts.group(3));
    if (!timed && year + month + day == 0) {
      return new byte[0];
    }
    return little(
        micros > 0 ? 11 : timed ? 7 : 4,
        to -> {
          to.putShort((short) year).put((byte) month).put((byte) day);
          if (timed) {
            to.put((byte) hour).put((byte) minute).put((byte) second);
          }
          if (micros > 0) {
            to.putInt(micros);
          }
        });
  }

  private static byte[] time(String text) {
    Matcher parts = TIME.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no time");
    }
    int hours = number(parts.group(2));
    int minute = number(parts.group(3));
    int second = number(parts.group(4));
    int micros = micros(parts.group(5));
    if (hours + minute + second + micros == 0) {
      return new byte[0];
    }
    boolean negative = !parts.group(1).isEmpty();
    return little(
        micros > 0 ? 12 : 8,
        to -> {
          to.put((byte) (negative ? 1 : 0)).putInt(hours / 24);
          to.put((byte) (hours % 24)).put((byte) minute).put((byte) second);
          if (micros > 0) {
            to.putInt(micros);
          }
        });
  }

  private static int number(String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  private static int micros(String digits) {
    return digits == null ? 0 : Integer.parseInt((digits + "00000").substring(0, 6));
  }
}
