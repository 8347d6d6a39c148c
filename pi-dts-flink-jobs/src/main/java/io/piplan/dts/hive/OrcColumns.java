package io.piplan.dts.hive;

import io.piplan.dts.ColumnType;
import io.piplan.dts.hive.RowFile.BadValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DecimalColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DoubleColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.LongColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.TimestampColumnVector;
import org.apache.hadoop.hive.serde2.io.HiveDecimalWritable;
import org.apache.orc.TypeDescription;

/** How values get from their canonical text into ORC's column vectors. */
final class OrcColumns {
  private OrcColumns() {}

  /** Puts one value, which is not NULL, at a place of a vector. */
  interface Setter {
    void set(ColumnVector vector, int index, RowValues row, int column);
  }

  static TypeDescription schema(List<HiveColumn> columns) {
    TypeDescription schema = TypeDescription.createStruct();
    columns.forEach(column -> schema.addField(column.name(), type(column)));
    return schema;
  }

  private static TypeDescription type(HiveColumn column) {
    return switch (column.family()) {
      case "boolean" -> TypeDescription.createBoolean();
      case "tinyint" -> TypeDescription.createByte();
      case "smallint" -> TypeDescription.createShort();
      case "int" -> TypeDescription.createInt();
      case "bigint" -> TypeDescription.createLong();
      case "float" -> TypeDescription.createFloat();
      case "double" -> TypeDescription.createDouble();
      case "decimal" ->
          // The scale first: a precision below the default scale is refused.
          TypeDescription.createDecimal()
              .withScale(Math.min(column.scale(), 10))
              .withPrecision(column.precision())
              .withScale(column.scale());
      case "date" -> TypeDescription.createDate();
      case "timestamp" -> TypeDescription.createTimestamp();
      case "binary" -> TypeDescription.createBinary();
      case "string" -> TypeDescription.createString();
      default -> throw new IllegalArgumentException("type " + column.type());
    };
  }

  static Setter setter(HiveColumn column, ColumnType source) {
    return switch (column.family()) {
      case "boolean", "tinyint", "smallint", "int", "bigint" ->
          source == ColumnType.BIT ? OrcColumns::bits : (v, i, r, c) -> whole(column, v, i, r, c);
      case "float", "double" -> OrcColumns::floating;
      case "decimal" ->
          source == ColumnType.BIT
              ? OrcColumns::bitsAsDecimal
              : (v, i, r, c) -> decimal(column, v, i, r, c);
      case "date" -> (v, i, r, c) -> date(column, v, i, r, c);
      case "timestamp" -> (v, i, r, c) -> timestamp(column, v, i, r, c);
      default -> OrcColumns::bytes;
    };
  }

  private static void bytes(ColumnVector vector, int index, RowValues row, int column) {
    ((BytesColumnVector) vector)
        .setRef(index, row.data(column), row.offset(column), row.length(column));
  }

  private static void bits(ColumnVector vector, int index, RowValues row, int column) {
    ((LongColumnVector) vector).vector[index] =
        CanonicalNumbers.bits(row.data(column), row.offset(column), row.length(column));
  }

  private static void bitsAsDecimal(ColumnVector vector, int index, RowValues row, int column) {
    byte[] digits =
        Long.toUnsignedString(
                CanonicalNumbers.bits(row.data(column), row.offset(column), row.length(column)))
            .getBytes(StandardCharsets.US_ASCII);
    ((DecimalColumnVector) vector).vector[index].setFromBytes(digits, 0, digits.length);
  }

  private static void whole(
      HiveColumn to, ColumnVector vector, int index, RowValues row, int column) {
    try {
      ((LongColumnVector) vector).vector[index] =
          CanonicalNumbers.whole(row.data(column), row.offset(column), row.length(column));
    } catch (NumberFormatException e) {
      throw new BadValue(to, "'" + row.text(column) + "' is no whole number");
    }
  }

  private static void floating(ColumnVector vector, int index, RowValues row, int column) {
    ((DoubleColumnVector) vector).vector[index] = Double.parseDouble(row.text(column));
  }

  private static void decimal(
      HiveColumn to, ColumnVector vector, int index, RowValues row, int column) {
    HiveDecimalWritable value = ((DecimalColumnVector) vector).vector[index];
    value.setFromBytes(row.data(column), row.offset(column), row.length(column));
    if (!value.isSet()) {
      throw new BadValue(to, row.text(column) + " does not fit " + to.type());
    }
  }

  private static void date(
      HiveColumn to, ColumnVector vector, int index, RowValues row, int column) {
    refuseZeroDate(to, row, column);
    ((LongColumnVector) vector).vector[index] =
        CanonicalNumbers.epochDay(row.data(column), row.offset(column));
  }

  private static void timestamp(
      HiveColumn to, ColumnVector vector, int index, RowValues row, int column) {
    refuseZeroDate(to, row, column);
    TimestampColumnVector times = (TimestampColumnVector) vector;
    byte[] data = row.data(column);
    int offset = row.offset(column);
    times.time[index] = CanonicalNumbers.epochSecond(data, offset) * 1000;
    int nanos = CanonicalNumbers.nanos(data, offset, row.length(column));
    times.time[index] += nanos / 1_000_000;
    times.nanos[index] = nanos;
  }

  private static void refuseZeroDate(HiveColumn to, RowValues row, int column) {
    if (CanonicalNumbers.isZeroDate(row.data(column), row.offset(column), row.length(column))) {
      throw new BadValue(to, "the zero date '" + row.text(column) + "'");
    }
  }
}
