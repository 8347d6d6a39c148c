package io.piplan.dal;

/** MySQL's numbers of column types in the protocol. */
public final class ColumnType {
  public static final int DECIMAL = 0;
  public static final int TINY = 1;
  public static final int SHORT = 2;
  public static final int LONG = 3;
  public static final int FLOAT = 4;
  public static final int DOUBLE = 5;
  public static final int NULL = 6;
  public static final int TIMESTAMP = 7;
  public static final int LONGLONG = 8;
  public static final int INT24 = 9;
  public static final int DATE = 10;
  public static final int TIME = 11;
  public static final int DATETIME = 12;
  public static final int YEAR = 13;
  public static final int BIT = 16;
  public static final int JSON = 245;
  public static final int NEWDECIMAL = 246;
  public static final int ENUM = 247;
  public static final int SET = 248;
  public static final int TINY_BLOB = 249;
  public static final int MEDIUM_BLOB = 250;
  public static final int LONG_BLOB = 251;
  public static final int BLOB = 252;
  public static final int VAR_STRING = 253;
  public static final int STRING = 254;
  public static final int GEOMETRY = 255;

  /** The decimals of a floating number that shows as many as it has. */
  public static final int ALL_DECIMALS = 31;

  private ColumnType() {}

  public static boolean isWholeNumber(int type) {
    return type == TINY
        || type == SHORT
        || type == LONG
        || type == LONGLONG
        || type == INT24
        || type == YEAR;
  }

  public static boolean isDecimal(int type) {
    return type == DECIMAL || type == NEWDECIMAL;
  }

  public static boolean isFloating(int type) {
    return type == FLOAT || type == DOUBLE;
  }

  public static boolean isNumber(int type) {
    return isWholeNumber(type) || isDecimal(type) || isFloating(type);
  }

  /** Whether its text form orders like the value: the longer forms of times are handled apart. */
  public static boolean isDate(int type) {
    return type == DATE || type == DATETIME || type == TIMESTAMP;
  }
}
