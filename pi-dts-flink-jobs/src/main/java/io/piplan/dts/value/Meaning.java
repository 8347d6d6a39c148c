package io.piplan.dts.value;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Compares the values of two columns that should say the same. */
public final class Meaning {
  private final Kind a;
  private final Kind b;
  private final Family family;
  private final boolean zeroDateIsNull;
  private final boolean rawEqualityCounts;
  private final boolean even;

  /**
   * @param zeroDateIsNull whether a date that only MySQL can hold counts as equal to NULL
   */
  public Meaning(Kind a, Kind b, boolean zeroDateIsNull) {
    this(a, b, zeroDateIsNull, false);
  }

  private Meaning(Kind a, Kind b, boolean zeroDateIsNull, boolean even) {
    this.even = even;
    this.a = a;
    this.b = b;
    this.family = Family.of(a, b);
    this.zeroDateIsNull = zeroDateIsNull;
    this.rawEqualityCounts = a == b || (family != Family.NUMBER && family != Family.UUID);
  }

  /** Of two columns of row versions: the lock bit, their lowest, is of the place that holds it. */
  public static Meaning ofVersions() {
    return new Meaning(Kind.INTEGER, Kind.INTEGER, false, true);
  }

  /** Whether the lowest bit of a number does not count. */
  public boolean isEven() {
    return even;
  }

  public Family family() {
    return family;
  }

  public boolean same(byte[] valueA, byte[] valueB) {
    if (valueA == null || valueB == null) {
      return valueA == valueB
          || (zeroDateIsNull
              && family == Family.DATETIME
              && isZeroDate(valueA == null ? valueB : valueA));
    }
    if (rawEqualityCounts && Arrays.equals(valueA, valueB)) {
      return true;
    }
    return Arrays.equals(normalA(valueA), normalB(valueB));
  }

  public byte[] normalA(byte[] value) {
    return value == null ? null : normal(a, value);
  }

  public byte[] normalB(byte[] value) {
    return value == null ? null : normal(b, value);
  }

  private byte[] normal(Kind kind, byte[] value) {
    byte[] normal = Normal.of(family, kind, value);
    int last = normal.length - 1;
    if (!even || last < 0 || (normal[last] & 1) == 0) {
      return normal;
    }
    // An odd number's digits, the number being one nearer to 0.
    byte[] digits = normal.clone();
    digits[last]--;
    return digits;
  }

  /** The value for comparing by hash: equal exactly where {@link #same} says so. */
  public byte[] bagValue(boolean isA, byte[] value) {
    if (value == null || (zeroDateIsNull && family == Family.DATETIME && isZeroDate(value))) {
      return null;
    }
    return normal(isA ? a : b, value);
  }

  /** Order of two {@link #normalA normal} key values. */
  public int compare(byte[] x, byte[] y) {
    if (x == null || y == null) {
      return Boolean.compare(x != null, y != null);
    }
    return switch (family) {
      case NUMBER, TIME -> compareNumbers(x, y);
      case FLOAT, DOUBLE ->
          Double.compare(Double.parseDouble(text(x)), Double.parseDouble(text(y)));
      default -> Arrays.compareUnsigned(x, y);
    };
  }

  private static int compareNumbers(byte[] x, byte[] y) {
    long longX = shortInteger(x);
    long longY = shortInteger(y);
    if (longX != Long.MIN_VALUE && longY != Long.MIN_VALUE) {
      return Long.compare(longX, longY);
    }
    return new BigDecimal(text(x)).compareTo(new BigDecimal(text(y)));
  }

  /** The number if it is an integer of at most 18 digits, else Long.MIN_VALUE. */
  private static long shortInteger(byte[] value) {
    int at = value.length > 0 && value[0] == '-' ? 1 : 0;
    if (value.length == at || value.length > 18) {
      return Long.MIN_VALUE;
    }
    long number = 0;
    for (int i = at; i < value.length; i++) {
      int digit = value[i] - '0';
      if (digit < 0 || digit > 9) {
        return Long.MIN_VALUE;
      }
      number = number * 10 + digit;
    }
    return at == 1 ? -number : number;
  }

  /** Dates that no calendar has: a zero year, month or day. */
  private static boolean isZeroDate(byte[] value) {
    String text = text(value);
    return text.startsWith("0000-")
        || (text.length() >= 10
            && text.charAt(4) == '-'
            && (text.startsWith("00", 5) || text.startsWith("00", 8)));
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }
}
