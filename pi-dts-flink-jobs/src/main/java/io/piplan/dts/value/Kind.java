package io.piplan.dts.value;

/** What a column's values are, whatever server they come from. */
public enum Kind {
  INTEGER,
  DECIMAL,
  FLOAT,
  DOUBLE,
  BOOLEAN,
  /** MySQL's BIT, read as a decimal number. */
  BIT,
  /** PostgreSQL's bit, read as zeros and ones. */
  BIT_STRING,
  DATE,
  TIME,
  DATETIME,
  TEXT,
  /** Text padded to a fixed width; trailing spaces do not count. */
  CHAR,
  JSON,
  BYTES,
  GEOMETRY,
  UUID,
  INET;

  public boolean isNumber() {
    return switch (this) {
      case INTEGER, DECIMAL, FLOAT, DOUBLE, BOOLEAN, BIT, BIT_STRING -> true;
      default -> false;
    };
  }
}
