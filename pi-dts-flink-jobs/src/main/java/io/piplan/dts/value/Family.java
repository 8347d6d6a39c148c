package io.piplan.dts.value;

/** In which sense two values are compared; decided by the kinds of both columns. */
public enum Family {
  NUMBER,
  FLOAT,
  DOUBLE,
  DATETIME,
  TIME,
  JSON,
  UUID,
  INET,
  GEOMETRY,
  PADDED_TEXT,
  TEXT,
  BYTES;

  public static Family of(Kind a, Kind b) {
    if (a.isNumber() && b.isNumber()) {
      return a == Kind.FLOAT || b == Kind.FLOAT
          ? FLOAT
          : a == Kind.DOUBLE || b == Kind.DOUBLE ? DOUBLE : NUMBER;
    }
    if ((isBits(a) && b == Kind.BYTES) || (isBits(b) && a == Kind.BYTES)) {
      return NUMBER;
    }
    if (isDate(a) && isDate(b)) {
      return DATETIME;
    }
    return ofOthers(a, b);
  }

  private static Family ofOthers(Kind a, Kind b) {
    for (Kind kind : new Kind[] {Kind.JSON, Kind.TIME, Kind.UUID, Kind.INET, Kind.GEOMETRY}) {
      if (a == kind || b == kind) {
        return valueOf(kind.name());
      }
    }
    if (a == Kind.BYTES || b == Kind.BYTES) {
      return BYTES;
    }
    return a == Kind.CHAR || b == Kind.CHAR ? PADDED_TEXT : TEXT;
  }

  private static boolean isBits(Kind kind) {
    return kind == Kind.BIT || kind == Kind.BIT_STRING;
  }

  private static boolean isDate(Kind kind) {
    return kind == Kind.DATE || kind == Kind.DATETIME;
  }

  /**
   * Whether both servers order such keys by themselves in the order of {@link Meaning#compare}.
   * Others are ordered by their bytes.
   */
  public boolean ordersNatively() {
    return switch (this) {
      case NUMBER, FLOAT, DOUBLE, DATETIME, TIME, BYTES -> true;
      default -> false;
    };
  }
}
