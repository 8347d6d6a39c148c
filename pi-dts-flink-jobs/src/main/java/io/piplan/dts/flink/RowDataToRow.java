package io.piplan.dts.flink;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * Turns Flink's rows into the canonical form that writers take: text as MySQL prints it, raw bytes
 * for binary types, moments in UTC.
 */
public final class RowDataToRow implements Serializable {
  private final RowData.FieldGetter[] getters;
  private final LogicalType[] types;

  /**
   * @param type the physical fields, in order; fields behind them (metadata) are ignored
   * @throws DtsException {@code DEFINITION_BAD_OPTION} for a type no column can take
   */
  public RowDataToRow(RowType type) {
    int count = type.getFieldCount();
    this.getters = new RowData.FieldGetter[count];
    this.types = new LogicalType[count];
    for (int i = 0; i < count; i++) {
      types[i] = type.getTypeAt(i);
      check(type.getFieldNames().get(i), types[i]);
      getters[i] = RowData.createFieldGetter(types[i], i);
    }
  }

  private static void check(String name, LogicalType type) {
    switch (type.getTypeRoot()) {
      case CHAR,
          VARCHAR,
          BOOLEAN,
          BINARY,
          VARBINARY,
          DECIMAL,
          TINYINT,
          SMALLINT,
          INTEGER,
          BIGINT,
          FLOAT,
          DOUBLE,
          DATE,
          TIME_WITHOUT_TIME_ZONE,
          TIMESTAMP_WITHOUT_TIME_ZONE,
          TIMESTAMP_WITH_LOCAL_TIME_ZONE -> {}
      default ->
          throw new DtsException(
              DtsError.DEFINITION_BAD_OPTION,
              "column '"
                  + name
                  + "' has type "
                  + type.asSummaryString()
                  + ", which no column of a database takes",
              "CAST it to a plain type, or JSON_STRING it to text");
    }
  }

  /** The canonical row; its kind (insert, delete…) is the caller's business. */
  public Row convert(RowData data) {
    byte[][] values = new byte[getters.length][];
    for (int i = 0; i < getters.length; i++) {
      Object value = getters[i].getFieldOrNull(data);
      values[i] = value == null ? null : bytes(types[i], value);
    }
    return new Row(values);
  }

  private static byte[] bytes(LogicalType type, Object value) {
    return switch (type.getTypeRoot()) {
      case BINARY, VARBINARY -> (byte[]) value;
      case BOOLEAN -> ascii((Boolean) value ? "1" : "0");
      case DECIMAL -> ascii(((DecimalData) value).toBigDecimal().toPlainString());
      case FLOAT -> ascii(number(((Float) value).doubleValue(), value.toString()));
      case DOUBLE -> ascii(number((Double) value, value.toString()));
      case DATE -> ascii(LocalDate.ofEpochDay((Integer) value).toString());
      case TIME_WITHOUT_TIME_ZONE ->
          ascii(
              clock(
                  LocalTime.ofNanoOfDay((Integer) value * 1_000_000L),
                  Math.min(3, LogicalTypeChecks.getPrecision(type))));
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> {
        // A moment's LocalDateTime is the one in UTC.
        LocalDateTime local = ((TimestampData) value).toLocalDateTime();
        int digits = Math.min(6, LogicalTypeChecks.getPrecision(type));
        yield ascii(local.toLocalDate() + " " + clock(local.toLocalTime(), digits));
      }
      default -> value.toString().getBytes(StandardCharsets.UTF_8);
    };
  }

  /** A whole number without a point, any other as Java writes it: the shortest that is exact. */
  private static String number(double value, String text) {
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    return whole ? new BigDecimal(text).toBigInteger().toString() : text;
  }

  private static String clock(LocalTime time, int digits) {
    StringBuilder text = new StringBuilder(15);
    two(text, time.getHour()).append(':');
    two(text, time.getMinute()).append(':');
    two(text, time.getSecond());
    if (digits > 0) {
      String nanos = Long.toString(1_000_000_000 + time.toNanoOfDay() % 1_000_000_000);
      text.append('.').append(nanos, 1, 1 + digits);
    }
    return text.toString();
  }

  private static StringBuilder two(StringBuilder text, int number) {
    return text.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
