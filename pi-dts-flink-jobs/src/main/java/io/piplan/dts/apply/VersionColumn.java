package io.piplan.dts.apply;

import io.piplan.dts.Row;
import io.piplan.meta.RowVersion;
import java.nio.charset.StandardCharsets;

/**
 * The column of a table that says which of two states of a row is the newer one. Values are in
 * canonical form; null is NULL, which says nothing.
 *
 * @param column what is written of it
 */
record VersionColumn(MappedColumn column, Kind kind) {
  enum Kind {
    /** {@link RowVersion}: zone, clock and lock. */
    ROW_VERSION,
    /** A time of the last change. Equal times say nothing. */
    TIME
  }

  private static final long UNREADABLE = -1;

  byte[] of(Row row) {
    return row.value(column.sourceIndex());
  }

  boolean isRowVersion() {
    return kind == Kind.ROW_VERSION;
  }

  /** How a version is to that of another state of the row. */
  Age age(byte[] version, byte[] other) {
    if (version == null || other == null) {
      return Age.UNKNOWN;
    }
    return isRowVersion() ? clocks(number(version), number(other)) : times(version, other);
  }

  /** Whether a version says anything at all. */
  boolean orders(byte[] version) {
    return version != null && (!isRowVersion() || age(version, version) == Age.SAME);
  }

  private static Age clocks(long version, long other) {
    long zoneAndClock = version & ~RowVersion.LOCK_BIT;
    long otherZoneAndClock = other & ~RowVersion.LOCK_BIT;
    if (version == UNREADABLE || other == UNREADABLE || (zoneAndClock | otherZoneAndClock) == 0) {
      // Where nobody writes by the rules all rows have version 0, through all their changes.
      return Age.UNKNOWN;
    }
    int order = RowVersion.BY_CLOCK.compare(RowVersion.decode(version), RowVersion.decode(other));
    return order == 0 ? Age.SAME : order < 0 ? Age.OLDER : Age.NEWER;
  }

  private static Age times(byte[] version, byte[] other) {
    int order = time(version).compareTo(time(other));
    return order == 0 ? Age.UNKNOWN : order < 0 ? Age.OLDER : Age.NEWER;
  }

  /** Without the zeros at the end of a fraction, which depend on the column. */
  private static String time(byte[] value) {
    String text = new String(value, StandardCharsets.US_ASCII);
    if (text.indexOf('.') < 0) {
      return text;
    }
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }

  /** Whether two versions were written by the same zone, as far as they tell. */
  boolean sameZone(byte[] a, byte[] b) {
    if (!isRowVersion() || a == null || b == null) {
      return true;
    }
    return number(a) >>> RowVersion.ZONE_SHIFT == number(b) >>> RowVersion.ZONE_SHIFT;
  }

  boolean isLocked(byte[] version) {
    return isRowVersion()
        && version != null
        && version.length > 0
        && (version[version.length - 1] & RowVersion.LOCK_BIT) != 0;
  }

  /** The row without a lock bit: a lock is of the place that holds it. */
  Row unlocked(Row row) {
    byte[] version = row == null ? null : of(row);
    if (!isLocked(version)) {
      return row;
    }
    byte[][] values = row.values().clone();
    values[column.sourceIndex()] = withoutLock(version);
    return new Row(values);
  }

  /** An odd number's digits, the number being one less. */
  private static byte[] withoutLock(byte[] version) {
    byte[] even = version.clone();
    even[even.length - 1]--;
    return even;
  }

  /** Numbers below zero are no versions. */
  private static long number(byte[] digits) {
    long number = 0;
    for (byte digit : digits) {
      if (digit < '0' || digit > '9' || number > Long.MAX_VALUE / 10) {
        return UNREADABLE;
      }
      number = 10 * number + (digit - '0');
    }
    return digits.length == 0 || number < 0 ? UNREADABLE : number;
  }
}
