package io.piplan.proxy.protocol;

/** Types of columns and parameters on the wire. */
public enum ColumnType {
  DECIMAL(0x00),
  TINY(0x01),
  SHORT(0x02),
  LONG(0x03),
  FLOAT(0x04),
  DOUBLE(0x05),
  NULL(0x06),
  TIMESTAMP(0x07),
  LONGLONG(0x08),
  INT24(0x09),
  DATE(0x0a),
  TIME(0x0b),
  DATETIME(0x0c),
  YEAR(0x0d),
  VARCHAR(0x0f),
  BIT(0x10),
  /** Of MySQL 9. */
  VECTOR(0xf2),
  JSON(0xf5),
  NEWDECIMAL(0xf6),
  ENUM(0xf7),
  SET(0xf8),
  TINY_BLOB(0xf9),
  MEDIUM_BLOB(0xfa),
  LONG_BLOB(0xfb),
  BLOB(0xfc),
  VAR_STRING(0xfd),
  STRING(0xfe),
  GEOMETRY(0xff);

  /** How a value is written in a binary row. */
  enum Form {
    ONE_BYTE,
    TWO_BYTES,
    FOUR_BYTES,
    EIGHT_BYTES,
    /** A byte of length, then the parts of a date or time. */
    TEMPORAL,
    LENGTH_ENCODED,
    NOTHING
  }

  private static final ColumnType[] BY_NUMBER = new ColumnType[256];

  static {
    for (ColumnType type : values()) {
      BY_NUMBER[type.number] = type;
    }
  }

  private final int number;

  ColumnType(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  public static ColumnType of(int number) {
    ColumnType type = BY_NUMBER[number & 0xff];
    if (type == null) {
      throw ProtocolException.malformed("unknown column type " + number);
    }
    return type;
  }

  Form form() {
    return switch (this) {
      case TINY -> Form.ONE_BYTE;
      case SHORT, YEAR -> Form.TWO_BYTES;
      case LONG, INT24, FLOAT -> Form.FOUR_BYTES;
      case LONGLONG, DOUBLE -> Form.EIGHT_BYTES;
      case TIMESTAMP, DATE, DATETIME, TIME -> Form.TEMPORAL;
      case NULL -> Form.NOTHING;
      default -> Form.LENGTH_ENCODED;
    };
  }
}
