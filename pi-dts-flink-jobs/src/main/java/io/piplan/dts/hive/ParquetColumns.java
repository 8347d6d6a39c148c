package io.piplan.dts.hive;

import io.piplan.dts.ColumnType;
import io.piplan.dts.hive.RowFile.BadValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.OriginalType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** How values get from their canonical text into Parquet, in the types that Hive 3.1 reads. */
final class ParquetColumns {
  private static final int JULIAN_EPOCH_DAY = 2_440_588;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int SECONDS_PER_DAY = 86_400;

  private ParquetColumns() {}

  /** Hands one value, which is not NULL, on. */
  interface Setter {
    void set(RecordConsumer to, RowValues row, int column);
  }

  static MessageType schema(List<HiveColumn> columns) {
    List<Type> types = new ArrayList<>();
    columns.forEach(column -> types.add(type(column)));
    return new MessageType("pi", types);
  }

  private static Type type(HiveColumn column) {
    return switch (column.family()) {
      case "boolean" -> Types.optional(PrimitiveTypeName.BOOLEAN).named(column.name());
      case "tinyint" ->
          Types.optional(PrimitiveTypeName.INT32).as(OriginalType.INT_8).named(column.name());
      case "smallint" ->
          Types.optional(PrimitiveTypeName.INT32).as(OriginalType.INT_16).named(column.name());
      case "int" -> Types.optional(PrimitiveTypeName.INT32).named(column.name());
      case "bigint" -> Types.optional(PrimitiveTypeName.INT64).named(column.name());
      case "float" -> Types.optional(PrimitiveTypeName.FLOAT).named(column.name());
      case "double" -> Types.optional(PrimitiveTypeName.DOUBLE).named(column.name());
      case "decimal" ->
          Types.optional(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY)
              .length(bytes(column.precision()))
              .as(OriginalType.DECIMAL)
              .precision(column.precision())
              .scale(column.scale())
              .named(column.name());
      case "date" ->
          Types.optional(PrimitiveTypeName.INT32).as(OriginalType.DATE).named(column.name());
      case "timestamp" -> Types.optional(PrimitiveTypeName.INT96).named(column.name());
      case "binary" -> Types.optional(PrimitiveTypeName.BINARY).named(column.name());
      case "string" ->
          Types.optional(PrimitiveTypeName.BINARY).as(OriginalType.UTF8).named(column.name());
      default -> throw new IllegalArgumentException("type " + column.type());
    };
  }

  /** What a number of so many digits takes. */
  private static int bytes(int precision) {
    return BigInteger.TEN.pow(precision).bitLength() / 8 + 1;
  }

  static Setter setter(HiveColumn column, ColumnType source) {
    boolean bits = source == ColumnType.BIT;
    return switch (column.family()) {
      case "boolean" -> (to, row, c) -> to.addBoolean(whole(row, c, bits) != 0);
      case "tinyint", "smallint", "int" ->
          (to, row, c) -> to.addInteger(Math.toIntExact(whole(row, c, bits)));
      case "bigint" -> (to, row, c) -> to.addLong(whole(row, c, bits));
      case "float" -> (to, row, c) -> to.addFloat(Float.parseFloat(row.text(c)));
      case "double" -> (to, row, c) -> to.addDouble(Double.parseDouble(row.text(c)));
      case "decimal" -> (to, row, c) -> to.addBinary(decimal(column, row, c, bits));
      case "date" ->
          (to, row, c) ->
              to.addInteger(
                  Math.toIntExact(CanonicalNumbers.epochDay(row.data(c), dated(column, row, c))));
      case "timestamp" -> (to, row, c) -> to.addBinary(timestamp(column, row, c));
      default ->
          (to, row, c) ->
              to.addBinary(Binary.fromConstantByteArray(row.data(c), row.offset(c), row.length(c)));
    };
  }

  private static long whole(RowValues row, int column, boolean bits) {
    return bits
        ? CanonicalNumbers.bits(row.data(column), row.offset(column), row.length(column))
        : CanonicalNumbers.whole(row.data(column), row.offset(column), row.length(column));
  }

  private static Binary decimal(HiveColumn to, RowValues row, int column, boolean bits) {
    BigDecimal value =
        bits
            ? new BigDecimal(Long.toUnsignedString(whole(row, column, true)))
            : new BigDecimal(row.text(column));
    if (value.scale() > to.scale()
        || value.precision() - value.scale() > to.precision() - to.scale()) {
      throw new BadValue(to, value + " does not fit " + to.type());
    }
    byte[] unscaled = value.setScale(to.scale()).unscaledValue().toByteArray();
    byte[] fixed = new byte[bytes(to.precision())];
    Arrays.fill(fixed, (byte) (unscaled[0] < 0 ? -1 : 0));
    System.arraycopy(unscaled, 0, fixed, fixed.length - unscaled.length, unscaled.length);
    return Binary.fromConstantByteArray(fixed);
  }

  /** The offset of a value, if it is a date. */
  private static int dated(HiveColumn to, RowValues row, int column) {
    if (CanonicalNumbers.isZeroDate(row.data(column), row.offset(column), row.length(column))) {
      throw new BadValue(to, "the zero date '" + row.text(column) + "'");
    }
    return row.offset(column);
  }

  private static Binary timestamp(HiveColumn to, RowValues row, int column) {
    int offset = dated(to, row, column);
    return timestamp(
        CanonicalNumbers.epochSecond(row.data(column), offset),
        CanonicalNumbers.nanos(row.data(column), offset, row.length(column)));
  }

  /** Nanoseconds of the day, then the Julian day. */
  static Binary timestamp(long epochSecond, int nanos) {
    long day = Math.floorDiv(epochSecond, (long) SECONDS_PER_DAY);
    long second = Math.floorMod(epochSecond, (long) SECONDS_PER_DAY);
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(second * NANOS_PER_SECOND + nanos);
    bytes.putInt((int) (day + JULIAN_EPOCH_DAY));
    return Binary.fromConstantByteArray(bytes.array());
  }
}
