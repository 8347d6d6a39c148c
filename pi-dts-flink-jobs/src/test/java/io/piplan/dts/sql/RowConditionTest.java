package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowConditionTest {
  private static final TableSchema TABLE =
      new TableSchema(
          new TableId("shop", "t"),
          List.of(
              Column.of("id", ColumnType.INT, "int", false),
              Column.of("name", ColumnType.VARCHAR, "varchar(10)", true),
              Column.of("at", ColumnType.DATETIME, "datetime(6)", true),
              Column.of("took", ColumnType.TIME, "time", true),
              Column.of("raw", ColumnType.BLOB, "blob", true)),
          List.of("id"),
          List.of(),
          List.of(),
          "");
  private static final Row ROW =
      Row.of("7", "Anna's", "2024-02-03 04:05:06.000000", "-10:00:00", null);

  private static RowFilter filter(String condition) {
    SourceText source = new SourceText("shop.sql", condition);
    return RowCondition.parse(new TokenReader(source, Tokenizer.tokens(source))).bind(TABLE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "id = 7 | true",
        "id <> 7 | false",
        "7.0 = id | true",
        "id > 10 | false",
        "id IN (1, 7) | true",
        "id NOT IN (1, NULL) | false",
        "id BETWEEN 7 AND 9 | true",
        "id NOT BETWEEN 7 AND 9 | false",
        "name = 'Anna''s' | true",
        "name = 'anna''s' | false",
        "name LIKE 'A%_s' | true",
        "name NOT LIKE 'A%' | false",
        "name IS NOT NULL | true",
        "raw IS NULL | true",
        "NOT (raw IS NULL) | false",
        "at = '2024-02-03 04:05:06' | true",
        "at >= TIMESTAMP '2024-02-03 04:05:06.000001' | false",
        "at < '2024-02-04' | true",
        "at > DATE '2023-12-31' | true",
        "took < '-09:00:00' | true",
        "id = 1 OR name = 'x' AND id = 7 | false",
        "(id = 1 OR id = 7) AND name IS NOT NULL | true",
        "id = NULL | false",
        "NOT (id = NULL) | false",
        "id = -7 | false",
      })
  void truth(String condition, boolean wanted) {
    assertThat(filter(condition).test(ROW)).isEqualTo(wanted);
  }

  @Test
  void errorsNameThePlace() {
    assertThatThrownBy(() -> filter("id = 1 AND nam = 'x'"))
        .hasMessageContaining("shop.sql:1:12: table shop.t has no column nam")
        .hasMessageContaining("did you mean name?");
    assertThatThrownBy(() -> filter("raw = 'x'")).hasMessageContaining("holds bytes");
    assertThatThrownBy(() -> filter("id = 'x'")).hasMessageContaining("is a number");
  }
}
