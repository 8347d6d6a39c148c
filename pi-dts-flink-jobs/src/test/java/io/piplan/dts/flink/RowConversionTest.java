package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Scale;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

class RowConversionTest {
  private static final TableId TABLE = new TableId("shop", "t");

  private static Column column(ColumnType type, String full, long length, int scale) {
    return new Column(
        "c",
        type,
        full,
        full.contains("unsigned"),
        length,
        scale,
        null,
        null,
        true,
        null,
        false,
        false,
        false,
        List.of(),
        "");
  }

  /** Through the type the catalog gives the column, and back. */
  private static byte[] roundTrip(Column column, byte[] value) {
    return roundTrip(column, FlinkTypes.of(column), value, ZoneOffset.UTC);
  }

  private static byte[] roundTrip(Column column, DataType type, byte[] value, ZoneId zone) {
    RowType row = (RowType) DataTypes.ROW(DataTypes.FIELD("c", type)).getLogicalType();
    TableSchema schema =
        new TableSchema(TABLE, List.of(column), List.of(), List.of(), List.of(), "");
    RowData data =
        new RowToRowData(schema, row, false, zone).convert(new Row(new byte[][] {value}), 0);
    return new RowDataToRow(row).convert(data).value(0);
  }

  private static void unchanged(Column column, String text) {
    assertThat(new Row(new byte[][] {roundTrip(column, Row.of(text).value(0))}).text(0))
        .isEqualTo(text);
  }

  @Property
  void integers(@ForAll long number) {
    unchanged(column(ColumnType.BIGINT, "bigint(20)", 0, 0), Long.toString(number));
    unchanged(column(ColumnType.INT, "int(11)", 0, 0), Integer.toString((int) number));
    unchanged(
        column(ColumnType.INT, "int(10) unsigned", 0, 0), Long.toString(number & 0xFFFFFFFFL));
    unchanged(column(ColumnType.SMALLINT, "smallint(6)", 0, 0), Short.toString((short) number));
    unchanged(column(ColumnType.TINYINT, "tinyint(4)", 0, 0), Byte.toString((byte) number));
    unchanged(
        column(ColumnType.TINYINT, "tinyint(3) unsigned", 0, 0), Long.toString(number & 0xFF));
    unchanged(
        column(ColumnType.BIGINT, "bigint(20) unsigned", 0, 0), Long.toUnsignedString(number));
  }

  @Property
  void decimals(
      @ForAll @BigRange(min = "-99999999.9999", max = "99999999.9999") @Scale(4)
          BigDecimal number) {
    String text = number.setScale(4).toPlainString();
    unchanged(column(ColumnType.DECIMAL, "decimal(12,4)", 12, 4), text);
    unchanged(column(ColumnType.DECIMAL, "decimal(65,30)", 65, 30), text + "0".repeat(26));
  }

  @Property
  void text(@ForAll String text) {
    // Lone surrogates are no text that a server could send.
    String sent = Row.of(text).text(0);
    unchanged(column(ColumnType.VARCHAR, "varchar(255)", 255, 0), sent);
    unchanged(column(ColumnType.TEXT, "longtext", 0, 0), sent);
  }

  @Property
  void bytes(@ForAll byte[] bytes) {
    assertThat(roundTrip(column(ColumnType.BLOB, "blob", 0, 0), bytes)).isEqualTo(bytes);
    assertThat(roundTrip(column(ColumnType.BIT, "bit(64)", 64, 0), bytes)).isEqualTo(bytes);
  }

  @Property
  void moments(
      @ForAll @IntRange(min = -354285, max = 2932896) int day,
      @ForAll @LongRange(min = 0, max = 86399999999L) long micros) {
    String date = LocalDate.ofEpochDay(day).toString();
    String clock =
        "%02d:%02d:%02d.%06d"
            .formatted(
                micros / 3600000000L,
                micros / 60000000 % 60,
                micros / 1000000 % 60,
                micros % 1000000);
    unchanged(column(ColumnType.DATE, "date", 0, 0), date);
    unchanged(column(ColumnType.DATETIME, "datetime(6)", 0, 6), date + " " + clock);
    unchanged(column(ColumnType.TIMESTAMP, "timestamp(6)", 0, 6), date + " " + clock);
    unchanged(column(ColumnType.DATETIME, "datetime", 0, 0), date + " " + clock.substring(0, 8));
    unchanged(column(ColumnType.TIME, "time(6)", 0, 6), "-" + clock);
  }

  @Property
  void floats(@ForAll double number, @ForAll float small) {
    byte[] back =
        roundTrip(
            column(ColumnType.DOUBLE, "double", 0, 0), Row.of(Double.toString(number)).value(0));
    assertThat(
            Double.parseDouble(
                Row.of("").text(0) + new String(back, java.nio.charset.StandardCharsets.US_ASCII)))
        .isEqualTo(number + 0.0);
    byte[] backSmall =
        roundTrip(column(ColumnType.FLOAT, "float", 0, 0), Row.of(Float.toString(small)).value(0));
    assertThat(Float.parseFloat(new String(backSmall, java.nio.charset.StandardCharsets.US_ASCII)))
        .isEqualTo(small + 0.0f);
  }

  @Property
  void positionsOrderAsTheirTexts(
      @ForAll @LongRange(min = 0) long a,
      @ForAll @LongRange(min = 0) long b,
      @ForAll @IntRange(min = 0) int row) {
    Lsn one = new Lsn("binlog.000009", a, row, 1);
    Lsn two = new Lsn("binlog.000009", b, 0, row);
    assertThat(LsnText.decode(LsnText.encode(one))).isEqualTo(one);
    assertThat(Integer.signum(LsnText.encode(one).compareTo(LsnText.encode(two))))
        .isEqualTo(Integer.signum(one.compareTo(two)));
  }

  @Test
  void nothingIsLostSilently() {
    Column wide = column(ColumnType.DECIMAL, "decimal(10,4)", 10, 4);
    assertThatThrownBy(
            () ->
                roundTrip(
                    wide, DataTypes.DECIMAL(10, 2), Row.of("1.2345").value(0), ZoneOffset.UTC))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("value 1.2345 of shop.t.c is not a DECIMAL(10, 2)");
    Column big = column(ColumnType.BIGINT, "bigint(20) unsigned", 0, 0);
    String maximum = BigInteger.TWO.pow(64).subtract(BigInteger.ONE).toString();
    assertThatThrownBy(
            () -> roundTrip(big, DataTypes.BIGINT(), Row.of(maximum).value(0), ZoneOffset.UTC))
        .isInstanceOf(DtsException.class);
    Column date = column(ColumnType.DATE, "date", 0, 0);
    assertThatThrownBy(() -> roundTrip(date, Row.of("0000-00-00").value(0)))
        .hasMessageContaining("'zero-dates' = 'null'");
    Column time = column(ColumnType.TIME, "time", 0, 0);
    assertThatThrownBy(
            () -> roundTrip(time, DataTypes.TIME(), Row.of("-100:00:00").value(0), ZoneOffset.UTC))
        .isInstanceOf(DtsException.class);
    assertThatThrownBy(
            () -> roundTrip(date, DataTypes.INT(), Row.of("2024-01-01").value(0), ZoneOffset.UTC))
        .hasMessageContaining("cannot be read as INT");
    assertThatThrownBy(
            () ->
                new RowDataToRow(
                    (RowType)
                        DataTypes.ROW(
                                DataTypes.FIELD(
                                    "m", DataTypes.MAP(DataTypes.INT(), DataTypes.INT())))
                            .getLogicalType()))
        .hasMessageContaining("CAST it to a plain type");
  }

  @Test
  void timestampsIntoTheServersZone() {
    Column moment = column(ColumnType.TIMESTAMP, "timestamp", 0, 0);
    byte[] local =
        roundTrip(
            moment,
            DataTypes.TIMESTAMP(0),
            Row.of("2024-01-01 20:00:00").value(0),
            ZoneId.of("Asia/Shanghai"));
    assertThat(new String(local, java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo("2024-01-02 04:00:00");
  }
}
