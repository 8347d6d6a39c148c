package io.piplan.dts.binlog;

import java.util.Arrays;

/**
 * Dates and times of row images as the server prints them, in whatever impossible form they are.
 */
final class Temporals {
  private static final int SECONDS_PER_DAY = 86_400;

  private Temporals() {}

  static byte[] readYear(ByteReader in) {
    int value = in.u8();
    Text text = new Text(4);
    text.number(value == 0 ? 0 : 1900 + value, 4);
    return text.bytes();
  }

  static byte[] readDate(ByteReader in) {
    int packed = (int) in.little(3);
    Text text = new Text(10);
    text.date(packed >> 9, packed >> 5 & 15, packed & 31);
    return text.bytes();
  }

  static ColumnDecoder datetime(int digits) {
    return in -> {
      // The highest bit is set: there are no negative datetimes.
      long packed = in.big(5) & 0x7F_FFFF_FFFFL;
      int micros = micros(in, digits);
      int months = (int) (packed >> 22);
      Text text = new Text(26);
      text.date(months / 13, months % 13, (int) (packed >> 17 & 31));
      text.put(' ');
      text.time((int) (packed >> 12 & 31), (int) (packed >> 6 & 63), (int) (packed & 63));
      text.fraction(micros, digits);
      return text.bytes();
    };
  }

  static ColumnDecoder timestamp(int digits) {
    return in -> {
      long seconds = in.big(4);
      return utc(seconds, micros(in, digits), digits);
    };
  }

  static ColumnDecoder time(int digits) {
    int fractionBytes = (digits + 1) / 2;
    long zero = 0x80_0000L << (8 * fractionBytes);
    return in -> {
      long packed = in.big(3 + fractionBytes) - zero;
      long magnitude = Math.abs(packed);
      long hms = magnitude >> (8 * fractionBytes);
      int fraction = (int) (magnitude & ((1L << (8 * fractionBytes)) - 1));
      Text text = new Text(20);
      if (packed < 0) {
        text.put('-');
      }
      text.time((int) (hms >> 12 & 1023), (int) (hms >> 6 & 63), (int) (hms & 63));
      text.fraction(toMicros(fraction, fractionBytes), digits);
      return text.bytes();
    };
  }

  static byte[] readOldTime(ByteReader in) {
    int packed = (int) in.littleSigned(3);
    int magnitude = Math.abs(packed);
    Text text = new Text(12);
    if (packed < 0) {
      text.put('-');
    }
    text.time(magnitude / 10_000, magnitude / 100 % 100, magnitude % 100);
    return text.bytes();
  }

  static byte[] readOldDatetime(ByteReader in) {
    long packed = in.little(8);
    int date = (int) (packed / 1_000_000);
    int time = (int) (packed % 1_000_000);
    Text text = new Text(19);
    text.date(date / 10_000, date / 100 % 100, date % 100);
    text.put(' ');
    text.time(time / 10_000, time / 100 % 100, time % 100);
    return text.bytes();
  }

  static byte[] readOldTimestamp(ByteReader in) {
    return utc(in.little(4), 0, 0);
  }

  private static byte[] utc(long seconds, int micros, int digits) {
    Text text = new Text(26);
    if (seconds == 0) {
      text.date(0, 0, 0);
    } else {
      civil(seconds / SECONDS_PER_DAY, text);
    }
    text.put(' ');
    int ofDay = (int) (seconds % SECONDS_PER_DAY);
    text.time(ofDay / 3600, ofDay / 60 % 60, ofDay % 60);
    text.fraction(micros, digits);
    return text.bytes();
  }

  /** Days since 1970 to a date of the Gregorian calendar, counting years from March. */
  private static void civil(long days, Text text) {
    long shifted = days + 719_468;
    long era = shifted / 146_097;
    long dayOfEra = shifted - era * 146_097;
    long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int shiftedMonth = (int) ((5 * dayOfYear + 2) / 153);
    int day = (int) (dayOfYear - (153L * shiftedMonth + 2) / 5 + 1);
    int month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
    long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    text.date((int) year, month, day);
  }

  private static int micros(ByteReader in, int digits) {
    int bytes = (digits + 1) / 2;
    return bytes == 0 ? 0 : toMicros((int) in.big(bytes), bytes);
  }

  private static int toMicros(int fraction, int bytes) {
    return switch (bytes) {
      case 1 -> fraction * 10_000;
      case 2 -> fraction * 100;
      default -> fraction;
    };
  }

  /** ASCII under construction. */
  private static final class Text {
    private final byte[] bytes;
    private int length;

    Text(int capacity) {
      bytes = new byte[capacity];
    }

    void put(char c) {
      bytes[length++] = (byte) c;
    }

    void number(int value, int digits) {
      int rest = value;
      for (int i = length + digits - 1; i >= length; i--) {
        bytes[i] = (byte) ('0' + rest % 10);
        rest /= 10;
      }
      length += digits;
    }

    void date(int year, int month, int day) {
      number(year, 4);
      put('-');
      number(month, 2);
      put('-');
      number(day, 2);
    }

    void time(int hours, int minutes, int seconds) {
      number(hours, hours > 99 ? 3 : 2);
      put(':');
      number(minutes, 2);
      put(':');
      number(seconds, 2);
    }

    void fraction(int micros, int digits) {
      if (digits > 0) {
        put('.');
        int shown = micros;
        for (int i = digits; i < 6; i++) {
          shown /= 10;
        }
        number(shown, digits);
      }
    }

    byte[] bytes() {
      return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
  }
}
