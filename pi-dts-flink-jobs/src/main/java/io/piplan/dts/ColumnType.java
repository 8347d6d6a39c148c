package io.piplan.dts;

/**
 * The MySQL and MariaDB column types PiDTS tells apart. Each names the canonical form in which a
 * {@link Row} carries its values, snapshot and binlog alike:
 *
 * <ul>
 *   <li>numbers: ASCII decimal, no padding (a ZEROFILL is dropped); FLOAT as the shortest text that
 *       gives back the same float;
 *   <li>text, ENUM, SET, JSON: UTF-8;
 *   <li>DATE {@code YYYY-MM-DD}; DATETIME and TIMESTAMP {@code YYYY-MM-DD hh:mm:ss[.f]} with as
 *       many digits as the column has, TIMESTAMP in UTC; TIME {@code [-]hh[h]:mm:ss[.f]}; YEAR
 *       {@code YYYY}. Zero dates are written as the server writes them;
 *   <li>{@link #isRaw() raw} types: the bytes themselves. BIT is big-endian, BINARY(n) padded to n,
 *       geometry is MySQL's internal form (SRID as 4 bytes little-endian, then WKB).
 * </ul>
 */
public enum ColumnType {
  TINYINT,
  SMALLINT,
  MEDIUMINT,
  INT,
  BIGINT,
  DECIMAL,
  FLOAT,
  DOUBLE,
  BIT,
  YEAR,
  DATE,
  TIME,
  DATETIME,
  TIMESTAMP,
  CHAR,
  VARCHAR,
  TEXT,
  ENUM,
  SET,
  JSON,
  UUID,
  INET,
  BINARY,
  VARBINARY,
  BLOB,
  GEOMETRY;

  /** Whether values are carried as raw bytes and not as text. */
  public boolean isRaw() {
    return switch (this) {
      case BIT, BINARY, VARBINARY, BLOB, GEOMETRY -> true;
      default -> false;
    };
  }

  /** Whether equal keys may be spelt differently (letter case, accents, trailing spaces). */
  public boolean isCollated() {
    return switch (this) {
      case CHAR, VARCHAR, TEXT, ENUM, SET -> true;
      default -> false;
    };
  }

  public boolean isInteger() {
    return switch (this) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR -> true;
      default -> false;
    };
  }

  /** Whether a zero date can occur. */
  public boolean isDate() {
    return switch (this) {
      case DATE, DATETIME, TIMESTAMP -> true;
      default -> false;
    };
  }
}
