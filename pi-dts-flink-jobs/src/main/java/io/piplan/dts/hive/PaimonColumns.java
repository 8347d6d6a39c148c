package io.piplan.dts.hive;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DecimalColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.DoubleColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.LongColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.TimestampColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.TypeDescription;
import org.apache.paimon.data.BinaryString;
import org.apache.paimon.data.Decimal;
import org.apache.paimon.data.Timestamp;

/** How values get from ORC's column vectors into rows of Paimon. */
final class PaimonColumns {
  private PaimonColumns() {}

  /** Takes one value, which is not NULL, out of a vector. */
  interface Getter {
    Object get(ColumnVector vector, int row);
  }

  /** A batch whose times are in UTC, as the log has them. */
  static VectorizedRowBatch batch(TypeDescription schema) {
    VectorizedRowBatch batch = schema.createRowBatch();
    for (ColumnVector vector : batch.cols) {
      if (vector instanceof TimestampColumnVector timestamps) {
        timestamps.setIsUTC(true);
      }
    }
    return batch;
  }

  static Getter getter(HiveColumn column) {
    return switch (column.family()) {
      case "boolean" -> (vector, row) -> whole(vector, row) != 0;
      case "tinyint" -> (vector, row) -> (byte) whole(vector, row);
      case "smallint" -> (vector, row) -> (short) whole(vector, row);
      case "int", "date" -> (vector, row) -> (int) whole(vector, row);
      case "bigint" -> PaimonColumns::whole;
      case "float" -> (vector, row) -> (float) ((DoubleColumnVector) vector).vector[row];
      case "double" -> (vector, row) -> ((DoubleColumnVector) vector).vector[row];
      case "decimal" ->
          (vector, row) ->
              Decimal.fromBigDecimal(
                  ((DecimalColumnVector) vector).vector[row].getHiveDecimal().bigDecimalValue(),
                  column.precision(),
                  column.scale());
      case "timestamp" -> PaimonColumns::timestamp;
      case "binary" -> PaimonColumns::bytes;
      default -> (vector, row) -> BinaryString.fromBytes(bytes(vector, row));
    };
  }

  /** What a text is as a value of a column; null if it is none, as Hive's CAST has it. */
  static Object value(HiveColumn column, String text) {
    try {
      return switch (column.family()) {
        case "tinyint" -> Byte.valueOf(text);
        case "smallint" -> Short.valueOf(text);
        case "int" -> Integer.valueOf(text);
        case "bigint" -> Long.valueOf(text);
        case "float" -> Float.valueOf(text);
        case "double" -> Double.valueOf(text);
        case "decimal" ->
            Decimal.fromBigDecimal(
                new BigDecimal(text).setScale(column.scale(), RoundingMode.HALF_UP),
                column.precision(),
                column.scale());
        case "date" -> (int) LocalDate.parse(text).toEpochDay();
        case "timestamp" ->
            Timestamp.fromLocalDateTime(LocalDateTime.parse(text.replace(' ', 'T')));
        case "string" -> BinaryString.fromString(text);
        default -> throw new IllegalArgumentException("type " + column.type());
      };
    } catch (NumberFormatException | DateTimeException e) {
      return null;
    }
  }

  private static long whole(ColumnVector vector, int row) {
    return ((LongColumnVector) vector).vector[row];
  }

  private static Timestamp timestamp(ColumnVector vector, int row) {
    TimestampColumnVector times = (TimestampColumnVector) vector;
    return Timestamp.fromEpochMillis(times.time[row], Math.floorMod(times.nanos[row], 1_000_000));
  }

  /** A copy: vectors are filled anew. */
  private static byte[] bytes(ColumnVector vector, int row) {
    BytesColumnVector bytes = (BytesColumnVector) vector;
    int start = bytes.start[row];
    return Arrays.copyOfRange(bytes.vector[row], start, start + bytes.length[row]);
  }
}
