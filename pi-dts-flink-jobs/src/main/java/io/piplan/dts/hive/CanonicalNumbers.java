package io.piplan.dts.hive;

/** Reads whole numbers, dates and times out of their canonical text without making objects. */
final class CanonicalNumbers {
  static final long MICROS_PER_SECOND = 1_000_000L;
  private static final int SECONDS_PER_DAY = 86_400;

  private CanonicalNumbers() {}

  /** Digits, perhaps after a minus sign. */
  static long whole(byte[] data, int offset, int length) {
    boolean negative = length > 0 && data[offset] == '-';
    long value = 0;
    for (int i = negative ? 1 : 0; i < length; i++) {
      int digit = data[offset + i] - '0';
      if (digit < 0 || digit > 9) {
        throw new NumberFormatException("not a digit at " + i);
      }
      value = 10 * value + digit;
    }
    return negative ? -value : value;
  }

  /** Bits, the highest first. */
  static long bits(byte[] data, int offset, int length) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = (value << 8) | (data[offset + i] & 0xff);
    }
    return value;
  }

  /** Days since 1970-01-01 in the calendar of today, of {@code YYYY-MM-DD…}. */
  static long epochDay(byte[] data, int offset) {
    long year = whole(data, offset, 4);
    long month = whole(data, offset + 5, 2);
    long day = whole(data, offset + 8, 2);
    // Years that begin in March have their leap day at the end.
    long y = month <= 2 ? year - 1 : year;
    long era = Math.floorDiv(y, 400L);
    long yearOfEra = y - era * 400;
    long dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097 + dayOfEra - 719_468;
  }

  /** Whole seconds since 1970, of {@code YYYY-MM-DD hh:mm:ss…} read as UTC. */
  static long epochSecond(byte[] data, int offset) {
    return epochDay(data, offset) * SECONDS_PER_DAY
        + whole(data, offset + 11, 2) * 3600
        + whole(data, offset + 14, 2) * 60
        + whole(data, offset + 17, 2);
  }

  /** Nanoseconds of the second. */
  static int nanos(byte[] data, int offset, int length) {
    int nanos = 0;
    int digits = length > 20 ? length - 20 : 0;
    for (int i = 0; i < 9; i++) {
      nanos = 10 * nanos + (i < digits ? data[offset + 20 + i] - '0' : 0);
    }
    return nanos;
  }

  /** Whether a date has a year, month or day of zero, or is none at all. */
  static boolean isZeroDate(byte[] data, int offset, int length) {
    return length < 10
        || isZero(data, offset, 4)
        || isZero(data, offset + 5, 2)
        || isZero(data, offset + 8, 2);
  }

  private static boolean isZero(byte[] data, int offset, int digits) {
    for (int i = 0; i < digits; i++) {
      if (data[offset + i] != '0') {
        return false;
      }
    }
    return true;
  }
}
