package io.piplan.dts.flink;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * Turns rows in canonical form into Flink's rows of the type that the planner asked for; columns
 * are found by name, and each is converted to the type the Flink table declares. A value that the
 * declared type cannot hold is an error and never another value; only fractions of a second are cut
 * to the declared precision.
 */
public final class RowToRowData implements Serializable {
  private final TableSchema schema;
  private final int[] indexes;
  private final LogicalType[] types;
  private final boolean zeroDatesAreNull;
  private final ZoneId serverTimeZone;

  /**
   * @param schema what the canonical rows hold
   * @param wanted the fields to make, by name; metadata comes behind them and is not made here
   * @param zeroDatesAreNull what to make of a zero date: NULL, else an error
   * @param serverTimeZone zone in which a TIMESTAMP column is read into a type without time zone,
   *     and a DATETIME column into one with it
   */
  public RowToRowData(
      TableSchema schema, RowType wanted, boolean zeroDatesAreNull, ZoneId serverTimeZone) {
    this.schema = schema;
    this.zeroDatesAreNull = zeroDatesAreNull;
    this.serverTimeZone = serverTimeZone;
    List<RowType.RowField> fields = wanted.getFields();
    this.indexes = new int[fields.size()];
    this.types = new LogicalType[fields.size()];
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.get(i).getName();
      indexes[i] = schema.indexOf(name);
      types[i] = fields.get(i).getType();
      if (indexes[i] < 0) {
        throw new DtsException(
            DtsError.DEFINITION_UNKNOWN_OBJECT,
            "table " + schema.id() + " has no column '" + name + "', which the definition declares",
            "remove it from the CREATE TABLE, or correct its name");
      }
      check(schema.columns().get(indexes[i]), types[i]);
    }
  }

  private void check(Column column, LogicalType type) {
    boolean raw = column.type().isRaw();
    boolean possible =
        switch (type.getTypeRoot()) {
          case CHAR, VARCHAR -> !raw;
          case BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT ->
              column.type().isInteger()
                  || column.type() == ColumnType.DECIMAL
                  || column.type() == ColumnType.BIT;
          case DECIMAL, FLOAT, DOUBLE -> isNumber(column.type());
          case DATE, TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
              column.type().isDate();
          case TIME_WITHOUT_TIME_ZONE -> column.type() == ColumnType.TIME;
          case BINARY, VARBINARY -> raw || column.type().isCollated();
          default -> false;
        };
    if (!possible) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "column "
              + schema.id()
              + "."
              + column.name()
              + " "
              + column.columnType()
              + " cannot be read as "
              + type.asSummaryString(),
          "declare it as " + FlinkTypes.of(column) + ", and CAST it in the SELECT");
    }
  }

  private static boolean isNumber(ColumnType type) {
    return type.isInteger()
        || type == ColumnType.DECIMAL
        || type == ColumnType.FLOAT
        || type == ColumnType.DOUBLE;
  }

  /**
   * The row, with room for more fields behind.
   *
   * @param extra number of fields to leave free at the end, for metadata
   */
  public GenericRowData convert(Row row, int extra) {
    GenericRowData data = new GenericRowData(indexes.length + extra);
    for (int i = 0; i < indexes.length; i++) {
      byte[] value = row.value(indexes[i]);
      if (value != null) {
        data.setField(i, convert(schema.columns().get(indexes[i]), types[i], value));
      }
    }
    return data;
  }

  private Object convert(Column column, LogicalType type, byte[] value) {
    switch (type.getTypeRoot()) {
      case CHAR, VARCHAR -> {
        return StringData.fromBytes(value);
      }
      case BINARY, VARBINARY -> {
        return value;
      }
      default -> {
        // All others are read from the text below.
      }
    }
    try {
      return fromText(column, type, value);
    } catch (ArithmeticException | NumberFormatException | DateTimeException e) {
      String text =
          column.type().isRaw()
              ? value.length + " bytes"
              : new String(value, StandardCharsets.UTF_8);
      throw new DtsException(
          DtsError.SOURCE_TYPE_UNSUPPORTED,
          "value "
              + text
              + " of "
              + schema.id()
              + "."
              + column.name()
              + " is not a "
              + type.asSummaryString(),
          column.type().isDate()
              ? "set 'zero-dates' = 'null', or read the column as STRING"
              : "declare the column as STRING, or wider, and CAST it in the SELECT",
          e);
    }
  }

  private Object fromText(Column column, LogicalType type, byte[] value) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> number(column, value).signum() != 0;
      case TINYINT -> number(column, value).byteValueExact();
      case SMALLINT -> number(column, value).shortValueExact();
      case INTEGER -> number(column, value).intValueExact();
      case BIGINT -> number(column, value).longValueExact();
      case DECIMAL -> decimal((DecimalType) type, number(column, value));
      case FLOAT -> Float.parseFloat(ascii(value));
      case DOUBLE -> Double.parseDouble(ascii(value));
      case DATE -> {
        String date = ascii(value);
        yield isZero(date) ? null : (Object) (int) LocalDate.parse(day(date)).toEpochDay();
      }
      case TIME_WITHOUT_TIME_ZONE -> millisOfDay(ascii(value));
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          timestamp(column, type, ascii(value));
      default -> throw new IllegalStateException("checked before: " + type);
    };
  }

  private static BigDecimal number(Column column, byte[] value) {
    return column.type() == ColumnType.BIT
        ? new BigDecimal(new BigInteger(1, value))
        : new BigDecimal(ascii(value));
  }

  private static DecimalData decimal(DecimalType type, BigDecimal number) {
    // Throws where digits would get lost.
    BigDecimal exact = number.setScale(type.getScale(), RoundingMode.UNNECESSARY);
    DecimalData data = DecimalData.fromBigDecimal(exact, type.getPrecision(), type.getScale());
    if (data == null) {
      throw new ArithmeticException("too many digits");
    }
    return data;
  }

  private static int millisOfDay(String text) {
    LocalTime time = LocalTime.parse(text);
    if (time.toNanoOfDay() % 1_000_000 != 0) {
      throw new DateTimeException("digits below milliseconds");
    }
    return (int) (time.toNanoOfDay() / 1_000_000);
  }

  private TimestampData timestamp(Column column, LogicalType type, String text) {
    if (isZero(text)) {
      return null;
    }
    LocalDateTime local =
        column.type() == ColumnType.DATE
            ? LocalDate.parse(text).atStartOfDay()
            : LocalDateTime.parse(text.replace(' ', 'T'));
    int digits = LogicalTypeChecks.getPrecision(type);
    local = cut(local, digits);
    boolean isInstant = column.type() == ColumnType.TIMESTAMP;
    boolean wantsInstant = type.getTypeRoot() == LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE;
    if (isInstant && !wantsInstant) {
      local = LocalDateTime.ofInstant(local.toInstant(ZoneOffset.UTC), serverTimeZone);
    } else if (!isInstant && wantsInstant) {
      local = LocalDateTime.ofInstant(local.atZone(serverTimeZone).toInstant(), ZoneOffset.UTC);
    }
    return TimestampData.fromLocalDateTime(local);
  }

  private static LocalDateTime cut(LocalDateTime local, int digits) {
    long nanos = local.toLocalTime().toNanoOfDay() % 1_000_000_000;
    long unit = (long) Math.pow(10, 9.0 - digits);
    return local.withNano((int) (nanos / unit * unit));
  }

  /** Whether it is a zero date that becomes NULL; one with a zero part fails to parse otherwise. */
  private boolean isZero(String text) {
    return zeroDatesAreNull
        && (text.startsWith("0000") || text.startsWith("00", 5) || text.startsWith("00", 8));
  }

  private static String day(String text) {
    return text.length() > 10 ? text.substring(0, 10) : text;
  }

  private static String ascii(byte[] value) {
    return new String(value, StandardCharsets.US_ASCII);
  }
}
