package io.piplan.dts.apply;

import io.piplan.dts.ColumnType;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Canonical values as the text that PostgreSQL's input function of the target type reads. */
final class PostgresText {
  private PostgresText() {}

  /**
   * The text, often the value itself.
   *
   * @throws BadValueException if the type cannot hold it
   */
  static byte[] of(MappedColumn column, byte[] value) {
    ColumnType type = column.source().type();
    String target = column.targetType();
    if (target.equals("bytea")) {
      return new SqlBuffer(2 * value.length + 2).put("\\x").hex(value).toBytes();
    }
    if (target.equals("boolean") || target.equals("bool")) {
      return bool(type, value);
    }
    return switch (type) {
      case BIT -> bit(column, value);
      case BINARY, VARBINARY, BLOB -> textOf(column, value);
      case GEOMETRY -> geometry(column, value);
      case DATE, DATETIME, TIMESTAMP -> date(column, value);
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR, DECIMAL, FLOAT, DOUBLE, TIME -> value;
      default -> withoutNul(column, value);
    };
  }

  private static byte[] bool(ColumnType type, byte[] value) {
    if (type == ColumnType.BIT) {
      return ascii(MySqlDialect.unsigned(value) == 0 ? "f" : "t");
    }
    if (type.isInteger() || type == ColumnType.DECIMAL) {
      boolean zero = true;
      for (byte b : value) {
        zero &= b == '0' || b == '-' || b == '.';
      }
      return ascii(zero ? "f" : "t");
    }
    return value;
  }

  private static byte[] bit(MappedColumn column, byte[] value) {
    if (!column.targetType().equals("bit") && !column.targetType().equals("varbit")) {
      return ascii(Long.toUnsignedString(MySqlDialect.unsigned(value)));
    }
    int width = bits(column, value);
    long bits = MySqlDialect.unsigned(value);
    byte[] digits = new byte[width];
    for (int i = 0; i < width; i++) {
      digits[width - 1 - i] = (byte) ('0' + (bits >>> i & 1));
    }
    return digits;
  }

  /** Bits of a BIT column; its bytes have up to seven more. */
  static int bits(MappedColumn column, byte[] value) {
    long declared = column.source().length();
    return declared > 0 ? (int) declared : 8 * value.length;
  }

  /** The big-endian bytes of zeros and ones. */
  static byte[] bytesOfBits(String digits) {
    byte[] bytes = new byte[(digits.length() + 7) / 8];
    for (int i = 0; i < digits.length(); i++) {
      int fromEnd = digits.length() - 1 - i;
      bytes[bytes.length - 1 - fromEnd / 8] |= (byte) ((digits.charAt(i) - '0') << fromEnd % 8);
    }
    return bytes;
  }

  private static byte[] textOf(MappedColumn column, byte[] raw) {
    String text = new String(raw, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      throw new BadValueException(
          column, "bytes that are not UTF-8 for a column of type " + column.targetType());
    }
    return withoutNul(column, raw);
  }

  /** PostGIS reads EWKB as hex. MySQL has the SRID in front of plain WKB. */
  private static byte[] geometry(MappedColumn column, byte[] value) {
    if (value.length < 9) {
      throw new BadValueException(column, "a geometry of " + value.length + " bytes");
    }
    SqlBuffer out = new SqlBuffer(2 * value.length);
    boolean little = value[4] == 1;
    boolean plain = value[0] == 0 && value[1] == 0 && value[2] == 0 && value[3] == 0;
    byte[] type = {value[5], value[6], value[7], value[8]};
    if (!plain) {
      type[little ? 3 : 0] |= 0x20;
    }
    out.hex(new byte[] {value[4]}).hex(type);
    if (!plain) {
      out.hex(
          little
              ? new byte[] {value[0], value[1], value[2], value[3]}
              : new byte[] {value[3], value[2], value[1], value[0]});
    }
    byte[] rest = new byte[value.length - 9];
    System.arraycopy(value, 9, rest, 0, rest.length);
    return out.hex(rest).toBytes();
  }

  /** There is no year, month or day 0 in PostgreSQL, but text columns take anything. */
  private static byte[] date(MappedColumn column, byte[] value) {
    if (isZeroDate(value) && isTimeType(column.targetType())) {
      throw new BadValueException(column, "the zero date '" + MySqlDialect.ascii(value) + "'");
    }
    return value;
  }

  static boolean isZeroDate(byte[] value) {
    return value.length >= 10
        && ((value[0] == '0' && value[1] == '0' && value[2] == '0' && value[3] == '0')
            || (value[5] == '0' && value[6] == '0')
            || (value[8] == '0' && value[9] == '0'));
  }

  private static boolean isTimeType(String target) {
    return target.equals("date") || target.toLowerCase(Locale.ROOT).startsWith("timestamp");
  }

  static byte[] withoutNul(MappedColumn column, byte[] value) {
    for (byte b : value) {
      if (b == 0) {
        throw new BadValueException(
            column, "text with the character U+0000, which PostgreSQL cannot store");
      }
    }
    return value;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
