package io.piplan.dts.apply;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.UUID;

/** Encodes a canonical value in the binary form of a PostgreSQL type, without its length. */
@FunctionalInterface
interface PostgresBinary {
  /** 2000-01-01, from which PostgreSQL counts, in days since 1970-01-01. */
  long EPOCH_DAY = 10_957;

  void encode(SqlBuffer out, MappedColumn column, byte[] value);

  /** One for each column, or null if there is a column whose type has none. */
  static PostgresBinary[] of(MappedColumn[] columns) {
    PostgresBinary[] encoders = new PostgresBinary[columns.length];
    for (int c = 0; c < columns.length; c++) {
      encoders[c] = of(columns[c].source(), columns[c].targetType());
      if (encoders[c] == null) {
        return null;
      }
    }
    return encoders;
  }

  private static PostgresBinary of(Column source, String target) {
    ColumnType type = source.type();
    boolean integer = type.isInteger();
    boolean number = integer || type == ColumnType.DECIMAL;
    boolean raw = type.isRaw();
    return switch (target) {
      case "boolean", "bool" -> (out, c, v) -> out.put(PostgresText.of(c, v)[0] == 't' ? 1 : 0);
      case "smallint", "int2" -> integer ? (out, c, v) -> out.int16((int) range(c, v, 16)) : null;
      case "integer", "int4" -> integer ? (out, c, v) -> out.int32((int) range(c, v, 32)) : null;
      case "bigint", "int8" -> integer ? (out, c, v) -> out.int64(range(c, v, 64)) : null;
      case "numeric" -> number ? PostgresNumeric::encode : null;
      case "real", "float4" -> type == ColumnType.FLOAT ? PostgresBinary::float4 : null;
      case "double precision", "float8" ->
          type == ColumnType.FLOAT || type == ColumnType.DOUBLE ? PostgresBinary::float8 : null;
      case "text", "varchar", "char", "bpchar", "json" ->
          (out, c, v) -> text(out, c, PostgresText.of(c, v));
      case "jsonb" -> raw ? null : (out, c, v) -> text(out.put(1), c, PostgresText.of(c, v));
      case "bytea" -> (out, c, v) -> out.put(v);
      case "date" -> type == ColumnType.DATE ? PostgresBinary::date : null;
      case "timestamp", "timestamptz" ->
          type == ColumnType.DATETIME || type == ColumnType.TIMESTAMP
              ? PostgresBinary::timestamp
              : null;
      case "interval" -> type == ColumnType.TIME ? PostgresBinary::interval : null;
      case "bit", "varbit" -> type == ColumnType.BIT ? PostgresBinary::bits : null;
      case "uuid" -> type == ColumnType.UUID ? PostgresBinary::uuid : null;
      default -> null;
    };
  }

  private static long range(MappedColumn column, byte[] value, int bits) {
    long number;
    try {
      number = Long.parseLong(MySqlDialect.ascii(value));
    } catch (NumberFormatException e) {
      throw outOfRange(column, value);
    }
    int unused = 64 - bits;
    if (number << unused >> unused != number) {
      throw outOfRange(column, value);
    }
    return number;
  }

  private static BadValueException outOfRange(MappedColumn column, byte[] value) {
    return new BadValueException(
        column, "'" + MySqlDialect.ascii(value) + "' is no " + column.targetType());
  }

  private static void float4(SqlBuffer out, MappedColumn column, byte[] value) {
    float number = Float.parseFloat(MySqlDialect.ascii(value));
    if (Float.isInfinite(number)) {
      throw outOfRange(column, value);
    }
    out.int32(Float.floatToIntBits(number));
  }

  private static void float8(SqlBuffer out, MappedColumn column, byte[] value) {
    double number = Double.parseDouble(MySqlDialect.ascii(value));
    if (Double.isInfinite(number)) {
      throw outOfRange(column, value);
    }
    out.int64(Double.doubleToLongBits(number));
  }

  /** The server checks the encoding itself, but its error would not name the row. */
  private static void text(SqlBuffer out, MappedColumn column, byte[] value) {
    boolean ascii = true;
    for (int i = 0; i < value.length && ascii; i++) {
      ascii = value[i] >= 0;
    }
    if (!ascii) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value));
      } catch (CharacterCodingException e) {
        throw new BadValueException(column, "text that is not UTF-8");
      }
    }
    out.put(value);
  }

  private static void date(SqlBuffer out, MappedColumn column, byte[] value) {
    out.int32((int) (epochDay(column, value) - EPOCH_DAY));
  }

  private static long epochDay(MappedColumn column, byte[] value) {
    if (value.length < 10 || PostgresText.isZeroDate(value)) {
      throw outOfRange(column, value);
    }
    try {
      return LocalDate.of(digits(value, 0, 4), digits(value, 5, 2), digits(value, 8, 2))
          .toEpochDay();
    } catch (DateTimeException e) {
      throw outOfRange(column, value);
    }
  }

  private static void timestamp(SqlBuffer out, MappedColumn column, byte[] value) {
    long day = epochDay(column, value) - EPOCH_DAY;
    if (value.length < 19) {
      throw outOfRange(column, value);
    }
    long seconds =
        day * 86_400
            + digits(value, 11, 2) * 3_600L
            + digits(value, 14, 2) * 60L
            + digits(value, 17, 2);
    out.int64(seconds * 1_000_000 + micros(value, 19));
  }

  private static void interval(SqlBuffer out, MappedColumn column, byte[] value) {
    int at = value.length > 0 && value[0] == '-' ? 1 : 0;
    int colon = at;
    while (colon < value.length && value[colon] != ':') {
      colon++;
    }
    if (colon + 6 > value.length) {
      throw outOfRange(column, value);
    }
    long seconds =
        digits(value, at, colon - at) * 3_600L
            + digits(value, colon + 1, 2) * 60L
            + digits(value, colon + 4, 2);
    long micros = seconds * 1_000_000 + micros(value, colon + 6);
    out.int64(at == 1 ? -micros : micros).int32(0).int32(0);
  }

  /** The fraction from its point on, if there is one. */
  private static long micros(byte[] value, int from) {
    if (from + 1 >= value.length) {
      return 0;
    }
    long micros = digits(value, from + 1, Math.min(6, value.length - from - 1));
    for (int digit = value.length - from - 1; digit < 6; digit++) {
      micros *= 10;
    }
    return micros;
  }

  private static int digits(byte[] value, int from, int count) {
    int number = 0;
    for (int i = from; i < from + count; i++) {
      number = number * 10 + (value[i] - '0');
    }
    return number;
  }

  /** Big-endian bits to the left, as PostgreSQL keeps them; MySQL has them to the right. */
  private static void bits(SqlBuffer out, MappedColumn column, byte[] value) {
    int width = PostgresText.bits(column, value);
    int bytes = (width + 7) / 8;
    long left = MySqlDialect.unsigned(value) << (64 - width);
    out.int32(width);
    for (int i = 0; i < bytes; i++) {
      out.put((int) (left >>> (56 - 8 * i)));
    }
  }

  private static void uuid(SqlBuffer out, MappedColumn column, byte[] value) {
    UUID uuid;
    try {
      uuid = UUID.fromString(MySqlDialect.ascii(value));
    } catch (IllegalArgumentException e) {
      throw outOfRange(column, value);
    }
    out.int64(uuid.getMostSignificantBits()).int64(uuid.getLeastSignificantBits());
  }
}
