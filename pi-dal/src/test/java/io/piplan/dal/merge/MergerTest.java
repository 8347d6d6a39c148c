package io.piplan.dal.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MergerTest {
  private static final Column NUMBER = Column.whole("n");
  private static final Column DECIMAL =
      new Column("", "", "", "d", "", 63, 20, ColumnType.NEWDECIMAL, 0, 4);
  private static final Column TEXT = Column.text("t");
  private static final Column WEIGHT =
      new Column("", "", "", "w", "", 63, 20, ColumnType.VAR_STRING, 128, 0);

  private static RowStream stream(List<Column> columns, String... rows) {
    List<Row> all = new ArrayList<>();
    for (String row : rows) {
      List<byte[]> values = new ArrayList<>();
      for (String value : row.split(",", -1)) {
        values.add(value.equals("-") ? null : value.getBytes(StandardCharsets.UTF_8));
      }
      all.add(Row.ofText(values));
    }
    return new ListStream(columns, all);
  }

  private static List<String> merged(MergeSpec spec, RowStream... streams) {
    List<String> rows = new ArrayList<>();
    try (RowStream stream = new Merger(100, 1 << 20).merge(List.of(streams), spec)) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        List<String> values = new ArrayList<>();
        for (byte[] value : row.textValues()) {
          values.add(value == null ? "-" : new String(value, StandardCharsets.UTF_8));
        }
        assertThat(values).hasSameSizeAs(stream.columns());
        rows.add(String.join(",", values));
      }
    }
    return rows;
  }

  private static MergeSpec ordered(boolean descending, long offset, long limit) {
    return new MergeSpec(
        0,
        null,
        List.of(new MergeSpec.SortKey(new MergeSpec.Key(0, 0), descending)),
        offset,
        limit);
  }

  @Test
  void numbersOrderByValueAndNullComesFirst() {
    List<Column> columns = List.of(NUMBER);

    assertThat(
            merged(ordered(false, 0, -1), stream(columns, "-", "9", "100"), stream(columns, "10")))
        .containsExactly("-", "9", "10", "100");
    assertThat(
            merged(ordered(true, 0, -1), stream(columns, "100", "9", "-"), stream(columns, "10")))
        .containsExactly("100", "10", "9", "-");
  }

  @Test
  void offsetAndLimitCountOverAllShards() {
    List<Column> columns = List.of(NUMBER);

    assertThat(merged(ordered(false, 1, 2), stream(columns, "1", "3"), stream(columns, "2", "4")))
        .containsExactly("2", "3");
    assertThat(merged(ordered(false, 9, 2), stream(columns, "1"), stream(columns))).isEmpty();
    assertThat(merged(ordered(false, 0, 0), stream(columns, "1"), stream(columns))).isEmpty();
  }

  @Test
  void textsOrderByTheBytesOfTheirCollation() {
    List<Column> columns = List.of(TEXT, WEIGHT);
    MergeSpec spec =
        new MergeSpec(
            1, null, List.of(new MergeSpec.SortKey(new MergeSpec.Key(0, -1), false)), 0, -1);

    assertThat(merged(spec, stream(columns, "b,B", "D,D"), stream(columns, "A,A", "c,C")))
        .containsExactly("A", "b", "c", "D");
  }

  @Test
  void listedValuesOrderByTheirNumbers() {
    Column listed = new Column("", "", "", "e", "e", 45, 4, ColumnType.STRING, 256, 0);
    List<Column> columns = List.of(listed, NUMBER);
    MergeSpec spec =
        new MergeSpec(
            1, null, List.of(new MergeSpec.SortKey(new MergeSpec.Key(0, -1), false)), 0, -1);

    assertThat(merged(spec, stream(columns, "z,2", "a,10"), stream(columns, "y,1", "b,3")))
        .containsExactly("y", "z", "b", "a");
  }

  private static MergeSpec grouped(
      boolean single, List<MergeSpec.Key> keys, MergeSpec.Aggregate... aggregates) {
    return new MergeSpec(
        0,
        new MergeSpec.Group(keys, List.of(aggregates), List.of(), List.of(), single),
        List.of(),
        0,
        -1);
  }

  @Test
  void groupsOfEqualKeysBecomeOne() {
    List<Column> columns = List.of(NUMBER, DECIMAL);
    MergeSpec spec =
        grouped(
            false,
            List.of(new MergeSpec.Key(0, 0)),
            new MergeSpec.Aggregate(MergeSpec.Function.SUM, 1, new MergeSpec.Key(1, 1), 1));

    assertThat(merged(spec, stream(columns, "1,2.5000", "-,1"), stream(columns, "1,0.5", "-,-")))
        .containsExactly("1,3.0000", "-,1.0000");
  }

  @Test
  void averageIsOfAllRowsAndNotOfAverages() {
    List<Column> columns = List.of(DECIMAL, DECIMAL, NUMBER);
    MergeSpec spec =
        grouped(
            true,
            List.of(),
            new MergeSpec.Aggregate(MergeSpec.Function.AVG, 0, new MergeSpec.Key(1, 1), 2));

    assertThat(merged(spec, stream(columns, "1,1,1"), stream(columns, "4,20,5")))
        .containsExactly("3.5000,3.500000000,1");
    assertThat(merged(spec, stream(columns, "-,-,0"), stream(columns, "-,-,0")))
        .containsExactly("-,-,0");
  }

  private static Column bits(int flags) {
    return new Column("", "", "", "b", "", 63, 9, ColumnType.BIT, flags, 0);
  }

  @Test
  void computedBitsAreBytesOrNumbers() {
    MergeSpec greatest =
        grouped(
            true,
            List.of(),
            new MergeSpec.Aggregate(MergeSpec.Function.MAX, 0, new MergeSpec.Key(0, 0), 0));
    List<Column> bytes = List.of(bits(32));
    List<Column> numbers = List.of(bits(32 | 128));

    assertThat(merged(greatest, stream(numbers, "9"), stream(numbers, "10"))).containsExactly("10");
    assertThat(merged(greatest, stream(bytes, "\u0001"), stream(bytes, "\u0000")))
        .containsExactly("\u0001");
    assertThatThrownBy(() -> merged(greatest, stream(bytes, "\u0001"), stream(numbers, "1")))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("bits of b");
  }

  /** Servers compute nine digits at a time: of an average with nine the tenth is not there. */
  @Test
  void averagesAreRoundedFromAsManyDigitsAsServersCompute() {
    Column fine = new Column("", "", "", "d", "", 63, 20, ColumnType.NEWDECIMAL, 0, 9);
    List<Column> columns = List.of(fine, fine, NUMBER);
    MergeSpec spec =
        grouped(
            true,
            List.of(),
            new MergeSpec.Aggregate(MergeSpec.Function.AVG, 0, new MergeSpec.Key(1, 1), 2));

    assertThat(merged(spec, stream(columns, "0,0.00002,2"), stream(columns, "0,0,1")))
        .containsExactly("0.000006666,0.000006666,2");
    List<Column> coarse = List.of(DECIMAL, DECIMAL, NUMBER);
    assertThat(merged(spec, stream(coarse, "0,2,2"), stream(coarse, "0,0,1")))
        .containsExactly("0.6667,0.666666666,2");
  }

  @Test
  void distinctValuesCountOnceOverAllShards() {
    List<Column> columns = List.of(NUMBER, NUMBER);
    MergeSpec spec =
        grouped(
            true,
            List.of(),
            new MergeSpec.Aggregate(
                MergeSpec.Function.COUNT_DISTINCT, 0, new MergeSpec.Key(1, 1), 0));

    assertThat(merged(spec, stream(columns, "1,7", "1,8"), stream(columns, "1,8", "0,-")))
        .containsExactly("2,7");
    assertThat(merged(spec, stream(columns), stream(columns))).containsExactly("0,-");
  }

  private static MergeSpec concatenated(boolean distinct, boolean descending) {
    return grouped(
        true,
        List.of(),
        new MergeSpec.Aggregate(
            MergeSpec.Function.GROUP_CONCAT,
            0,
            new MergeSpec.Key(0, 0),
            1,
            new MergeSpec.Concat(
                distinct,
                List.of(new MergeSpec.SortKey(new MergeSpec.Key(0, 0), descending)),
                "·",
                2)));
  }

  @Test
  void valuesAreConcatenatedInTheirOrderAsOftenAsTheyAreThere() {
    List<Column> columns = List.of(NUMBER, NUMBER, NUMBER);

    assertThat(
            merged(
                concatenated(false, false),
                stream(columns, "10,2,99", "9,1,99", "-,5,99"),
                stream(columns, "9,1,99")))
        .containsExactly("9·9·10·10,2,99");
    assertThat(
            merged(
                concatenated(true, true),
                stream(columns, "10,2,99", "9,1,99"),
                stream(columns, "9,1,99")))
        .containsExactly("10·9,2,99");
    assertThat(merged(concatenated(false, false), stream(columns, "-,5,99"), stream(columns)))
        .containsExactly("-,5,99");
    assertThat(merged(concatenated(false, false), stream(columns), stream(columns)))
        .containsExactly("-,-,-");
  }

  @Test
  void concatenatedTextsAreCutBetweenCharacters() {
    List<Column> columns = List.of(NUMBER, NUMBER, NUMBER);

    assertThat(merged(concatenated(false, false), stream(columns, "1,2,3"), stream(columns)))
        .as("1·1 has four bytes")
        .containsExactly("1·,2,3");
    assertThat(merged(concatenated(false, false), stream(columns, "1,9,2"), stream(columns)))
        .as("half of a separator is none")
        .containsExactly("1,9,2");
  }

  @Test
  void totalsComeAfterWhatTheyAreMadeOf() {
    List<Column> columns = List.of(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER);
    MergeSpec spec =
        new MergeSpec(
            2,
            new MergeSpec.Group(
                List.of(new MergeSpec.Key(-1, -1), new MergeSpec.Key(-2, -2)),
                List.of(
                    new MergeSpec.Aggregate(
                        MergeSpec.Function.COUNT, 2, new MergeSpec.Key(2, 2), 2)),
                List.of(),
                List.of(),
                List.of(List.of(0), List.of(1)),
                false),
            List.of(),
            0,
            -1);

    assertThat(
            merged(
                spec,
                stream(columns, "1,-,5,1,-", "2,7,1,2,7"),
                stream(columns, "1,3,2,1,3", "1,-,1,1,-")))
        .containsExactly("1,-,6", "1,3,2", "1,-,8", "2,7,1", "2,-,1", "-,-,9");
    assertThat(merged(spec, stream(columns), stream(columns))).as("no rows, no totals").isEmpty();
  }

  @Test
  void tooManyGroupsAreRefused() {
    List<Column> columns = List.of(NUMBER);
    String[] rows = new String[101];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Integer.toString(i);
    }
    MergeSpec spec = grouped(false, List.of(new MergeSpec.Key(0, 0)));

    assertThatThrownBy(() -> merged(spec, stream(columns, rows)))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("more than 100");
  }

  @Test
  void floatsAreComparedByAllTheirDigits() {
    Column shown = new Column("", "", "", "f", "", 63, 12, ColumnType.FLOAT, 0, 31);
    Column all = new Column("", "", "", "pi_h0", "", 63, 22, ColumnType.DOUBLE, 0, 31);
    MergeSpec spec =
        new MergeSpec(
            1, null, List.of(new MergeSpec.SortKey(new MergeSpec.Key(0, -1), false)), 0, -1);

    assertThat(
            merged(
                spec,
                stream(List.of(shown, all), "0.123457,0.1234567", "0.123457,0.1234569"),
                stream(List.of(shown, all), "0.123457,0.1234568")))
        .containsExactly("0.123457", "0.123457", "0.123457");
    MergeSpec distinct =
        new MergeSpec(
            1,
            new MergeSpec.Group(
                List.of(new MergeSpec.Key(0, -1)), List.of(), List.of(), List.of(), false),
            List.of(),
            0,
            -1);
    assertThat(
            merged(
                distinct,
                stream(List.of(shown, all), "0.123457,0.1234567"),
                stream(List.of(shown, all), "0.123457,0.1234568", "0.123457,0.1234567")))
        .hasSize(2);
    assertThatThrownBy(() -> merged(ordered(false, 0, -1), stream(List.of(shown), "1")))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("+ 0E0");
  }

  @Test
  void groupsAreBoundedInBytes() {
    MergeSpec distinct =
        new MergeSpec(
            0,
            new MergeSpec.Group(
                List.of(new MergeSpec.Key(0, 0)), List.of(), List.of(), List.of(), false),
            List.of(),
            0,
            -1);
    Column bytes = new Column("", "", "", "b", "", 63, 20, ColumnType.BLOB, 128, 0);
    String[] rows = new String[20];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i + "x".repeat(50_000);
    }
    assertThatThrownBy(() -> merged(distinct, stream(List.of(bytes), rows)))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("more than 1048576 bytes");
  }

  @Test
  void fewRowsInAnyOrderAreOrderedHere() {
    List<Column> columns = List.of(NUMBER, WEIGHT);
    MergeSpec spec =
        new MergeSpec(1, null, List.of(new MergeSpec.SortKey(new MergeSpec.Key(0, 0), true)), 1, 2);
    List<RowStream> streams =
        List.of(stream(columns, "9,x", "-,x", "100,x"), stream(columns, "11,x"));
    try (RowStream rows = new Merger(100, 1 << 20).ordered(streams, spec, 3, 100).orElseThrow()) {
      assertThat(rows.columns()).containsExactly(NUMBER);
      assertThat(new String(rows.next().payload(), StandardCharsets.UTF_8)).isEqualTo("\u000211");
      assertThat(new String(rows.next().payload(), StandardCharsets.UTF_8)).isEqualTo("\u00019");
      assertThat(rows.next()).isNull();
    }
    List<RowStream> more = List.of(stream(columns, "9,x", "-,x", "100,x", "11,x"));
    assertThat(new Merger(100, 1 << 20).ordered(more, spec, 3, 100)).isEmpty();
    List<RowStream> longer = List.of(stream(columns, "9,x", "-,x", "100,x"));
    assertThat(new Merger(100, 1 << 20).ordered(longer, spec, 3, 11)).isEmpty();
  }

  private static MergeSpec single(MergeSpec.Function function) {
    return grouped(
        true, List.of(), new MergeSpec.Aggregate(function, 0, new MergeSpec.Key(0, 0), 0));
  }

  @Test
  void bitsOfAllShards() {
    List<Column> columns = List.of(NUMBER);
    assertThat(
            merged(
                single(MergeSpec.Function.BIT_AND), stream(columns, "12"), stream(columns, "10")))
        .containsExactly("8");
    assertThat(
            merged(single(MergeSpec.Function.BIT_OR), stream(columns, "12"), stream(columns, "10")))
        .containsExactly("14");
    // Of no rows a shard says that all bits are set.
    assertThat(
            merged(
                single(MergeSpec.Function.BIT_AND),
                stream(columns, "18446744073709551615"),
                stream(columns, "18446744073709551615")))
        .containsExactly("18446744073709551615");
    assertThatThrownBy(
            () -> merged(single(MergeSpec.Function.BIT_OR), stream(List.of(WEIGHT), "ab")))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("binary strings");
  }

  @Test
  void arraysOfAllShardsAreOneAndNoneIsCut() {
    List<Column> columns = List.of(TEXT);
    MergeSpec spec = single(MergeSpec.Function.JSON_ARRAYAGG);
    assertThat(
            merged(spec, stream(columns, "[1]"), stream(columns, "-"), stream(columns, "[\"b\"]")))
        .containsExactly("[1,\"b\"]");
    assertThat(merged(spec, stream(columns, "-"))).containsExactly("-");
    assertThatThrownBy(() -> merged(spec, stream(columns, "[1")))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("group_concat_max_len");
  }

  /** Of 1, 2, 3 on one shard and of 10 on the other, as if they were together. */
  @Test
  void variancesOfPartsAreThatOfTheWhole() {
    Column floating = new Column("", "", "", "v", "", 63, 23, ColumnType.DOUBLE, 0, 4);
    List<Column> columns = List.of(floating, floating, floating, NUMBER);
    for (MergeSpec.Function function :
        List.of(MergeSpec.Function.VAR_POP, MergeSpec.Function.STDDEV_SAMP)) {
      MergeSpec spec =
          grouped(
              true, List.of(), new MergeSpec.Aggregate(function, 0, new MergeSpec.Key(1, 2), 3));
      List<String> rows =
          merged(
              spec,
              stream(columns, "0,2,0.6666666666666666,3"),
              stream(columns, "-,-,-,0"),
              stream(columns, "0,10,0,1"));
      assertThat(rows.get(0))
          .startsWith(
              function == MergeSpec.Function.VAR_POP ? "12.5000,12.5" : "4.0825,4.08248290");
    }
    MergeSpec sample =
        grouped(
            true,
            List.of(),
            new MergeSpec.Aggregate(MergeSpec.Function.VAR_SAMP, 0, new MergeSpec.Key(1, 2), 3));
    assertThat(merged(sample, stream(columns, "-,10,0,1")).get(0)).startsWith("-,-,");
  }
}
