package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.PartitionBy;
import io.piplan.dts.PartitionBy.Transform;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a row lies by each way of partitioning. A value that changes here moves rows for good. */
class PartitionerTest {
  private static TableSchema schema(ColumnType type, String columnType) {
    return new TableSchema(
        new TableId("src", "t"),
        List.of(
            Column.of("id", ColumnType.INT, "int", false), Column.of("v", type, columnType, true)),
        List.of("id"),
        List.of(new UniqueKey("PRIMARY", List.of("id"))),
        List.of(),
        "");
  }

  private static String value(ColumnType type, Transform transform, int number, byte[] value) {
    Partitioner partitioner =
        new Partitioner(
            schema(type, type.name()), List.of(new PartitionBy(transform, "v", number)));
    Row row = new Row(new byte[][] {"1".getBytes(StandardCharsets.UTF_8), value});
    return partitioner.values(new RowValues(2).set(row)).get(0);
  }

  private static String value(ColumnType type, Transform transform, int number, String value) {
    return value(type, transform, number, value.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "YEAR, DATETIME, 2024-02-29 23:59:59.999999, 2024",
    "MONTH, DATETIME, 2024-02-29 23:59:59.999999, 2024-02",
    "DAY, DATETIME, 2024-02-29 23:59:59.999999, 2024-02-29",
    "HOUR, DATETIME, 2024-02-29 23:59:59.999999, 2024-02-29-23",
    "HOUR, TIMESTAMP, 1970-01-01 00:00:01, 1970-01-01-00",
    "YEAR, DATE, 1000-01-01, 1000",
    "MONTH, DATE, 9999-12-31, 9999-12",
    "DAY, DATE, 9999-12-31, 9999-12-31",
    "DAY, DATE, 0000-00-00, none",
    "YEAR, DATE, 2024-00-10, none",
    "MONTH, DATETIME, 2024-05-00 10:00:00, none",
    // Without hours there is none.
    "HOUR, DATE, 2024-02-29, none",
  })
  void times(Transform transform, ColumnType type, String value, String expected) {
    assertThat(value(type, transform, 0, value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "999, 0",
    "1000, 1000",
    "-1, -1000",
    "-1000, -1000",
    "-1001, -2000",
    "9223372036854775807, 9223372036854775000",
    "-9223372036854775807, -9223372036854776000",
    // Of BIGINT UNSIGNED.
    "9223372036854775808, 9223372036854775000",
    "18446744073709551615, 18446744073709551000",
  })
  void ranges(String value, String expected) {
    assertThat(value(ColumnType.BIGINT, Transform.RANGE, 1000, value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "VARCHAR, New York, new york",
    "VARCHAR, ' padded  ', padded",
    "VARCHAR, '   ', none",
    "VARCHAR, '', none",
    "VARCHAR, ÄÖ名, äö名",
    "ENUM, Open, open",
    "INT, -5, -5",
    "DECIMAL, 1.50, 1.50",
  })
  void plainValues(ColumnType type, String value, String expected) {
    assertThat(value(type, Transform.VALUE, 0, value)).isEqualTo(expected);
  }

  @Test
  void bitsAreANumber() {
    assertThat(value(ColumnType.BIT, Transform.VALUE, 0, new byte[] {1, 0})).isEqualTo("256");
    byte[] all = {-1, -1, -1, -1, -1, -1, -1, -1};
    assertThat(value(ColumnType.BIT, Transform.VALUE, 0, all)).isEqualTo("18446744073709551615");
  }

  /** Neither half a character nor a space at the end, which file systems and metastores mind. */
  @Test
  void longTextIsCutBetweenCharacters() {
    assertThat(value(ColumnType.VARCHAR, Transform.VALUE, 0, "x".repeat(200)))
        .isEqualTo("x".repeat(80));
    assertThat(value(ColumnType.VARCHAR, Transform.VALUE, 0, "x".repeat(79) + "😀 and more"))
        .isEqualTo("x".repeat(79));
    assertThat(value(ColumnType.VARCHAR, Transform.VALUE, 0, "x".repeat(78) + "😀 and more"))
        .isEqualTo("x".repeat(78) + "😀");
    assertThat(value(ColumnType.VARCHAR, Transform.VALUE, 0, "x".repeat(79) + " and more"))
        .isEqualTo("x".repeat(79));
  }

  @Test
  void bucketsStayWhatTheyAre() {
    List<String> numbers = new ArrayList<>();
    for (String value : List.of("0", "1", "2", "-1", "1000000007")) {
      numbers.add(value(ColumnType.INT, Transform.BUCKET, 8, value));
    }
    assertThat(numbers).containsExactly("0", "4", "0", "5", "1");
    List<String> texts = new ArrayList<>();
    for (String value : List.of("a", "A", "a ", "b", "名")) {
      texts.add(value(ColumnType.VARCHAR, Transform.BUCKET, 8, value));
    }
    assertThat(texts).containsExactly("1", "1", "1", "2", "5");
    assertThat(value(ColumnType.VARBINARY, Transform.BUCKET, 8, new byte[] {-1, 0, 1}))
        .isEqualTo("7");
  }

  @Test
  void bucketsAreAboutEven() {
    Map<String, Integer> rows = new TreeMap<>();
    LongStream.range(0, 8_000)
        .forEach(
            id ->
                rows.merge(
                    value(ColumnType.BIGINT, Transform.BUCKET, 8, Long.toString(id)),
                    1,
                    Integer::sum));
    assertThat(rows).hasSize(8);
    assertThat(rows.values()).allMatch(count -> count > 700 && count < 1_300);
  }

  @Test
  void nullHasAPlaceOfItsOwn() {
    for (Transform transform : Transform.values()) {
      int number = transform.takesNumber() ? 4 : 0;
      assertThat(value(ColumnType.INT, transform, number, (byte[]) null)).isEqualTo("none");
    }
  }

  @Test
  void severalColumnsGoInTheirOrder() {
    List<PartitionBy> by =
        List.of(
            new PartitionBy(Transform.MONTH, "v", 0), new PartitionBy(Transform.RANGE, "id", 10));
    Partitioner partitioner = new Partitioner(schema(ColumnType.DATE, "date"), by);
    assertThat(partitioner.values(new RowValues(2).set(Row.of("27", "2024-05-06"))))
        .containsExactly("2024-05", "20");
    assertThat(partitioner.parents()).containsExactly("parents", "parents");
    assertThat(partitioner.isNone()).isFalse();
  }
}
