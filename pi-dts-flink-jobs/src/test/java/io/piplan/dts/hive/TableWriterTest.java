package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which logs hear of the end of a row, and what of it. */
class TableWriterTest {
  private static final TableId PARENT = new TableId("shop", "p");
  private static final ChildKey KEY =
      new ChildKey("x:fk", PARENT, List.of("p_id"), List.of("id"), true, false);

  private final List<String> heard = new ArrayList<>();

  /**
   * A table.
   *
   * @param columns each the name at the source, and behind a slash the one in the log
   */
  private static TableWriter table(TableId id, List<ChildKey> keys, String... columns) {
    List<Column> source = new ArrayList<>();
    List<MappedColumn> mapped = new ArrayList<>();
    for (String names : columns) {
      String[] name = names.split("/", -1);
      Column column = Column.of(name[0], ColumnType.INT, "int", !name[0].equals("id"));
      mapped.add(new MappedColumn(source.size(), column, name[name.length - 1], "int"));
      source.add(column);
    }
    List<String> key = List.of("id");
    TableSchema schema =
        new TableSchema(id, source, key, List.of(new UniqueKey("PRIMARY", key)), List.of(), "");
    return new TableWriter(
        new TableMapping(schema, "ods", id.table(), mapped, mapped.subList(0, 1), false),
        List.of(),
        keys,
        1);
  }

  private List<String> heardOfTheEndOf(TableWriter child) {
    TableWriter parent = table(PARENT, List.of(), "id");
    parent.relate(List.of(parent, child));
    ChangeEvent end =
        new ChangeEvent(
            PARENT,
            0,
            Op.DELETE,
            Row.of("7"),
            null,
            new Lsn("binlog.000001", 10, 1, 1),
            Lsn.START,
            1000);
    parent.write(
        end,
        (table, format, partition, entry, row) -> {
          StringBuilder values = new StringBuilder(table + " " + entry.op());
          for (int i = 0; i < format.size(); i++) {
            int column = format.source(i);
            values.append(' ').append(row.isNull(column) ? "null" : row.text(column));
          }
          heard.add(values.toString());
        });
    return heard;
  }

  private static TableId id(String table) {
    return new TableId("shop", table);
  }

  @Test
  void aChildHearsOfItsParentsEnd() {
    assertThat(heardOfTheEndOf(table(id("t"), List.of(KEY), "id", "a", "p_id")))
        .containsExactly("p d 7", "t x:fk null null 7");
  }

  /** The log has the column under the name that it was made with. */
  @Test
  void columnsMayBeCalledOtherwiseAtTheSource() {
    assertThat(heardOfTheEndOf(table(id("t"), List.of(KEY), "id", "parent/p_id")))
        .containsExactly("p d 7", "t x:fk null 7");
  }

  @Test
  void aKeyThatIsGoneTellsNothing() {
    assertThat(heardOfTheEndOf(table(id("t"), List.of(KEY.end()), "id", "p_id")))
        .containsExactly("p d 7");
  }

  /** Rows from before the key come again after a restart. */
  @Test
  void aChildThatDoesNotHaveTheColumnYetHearsNothing() {
    assertThat(heardOfTheEndOf(table(id("t"), List.of(KEY), "id"))).containsExactly("p d 7");
  }

  @Test
  void aParentWithoutTheColumnThatItIsReferredToByIsNotPassedOver() {
    ChildKey old = new ChildKey("x:fk", PARENT, List.of("p_id"), List.of("code"), true, false);
    assertThatThrownBy(() -> heardOfTheEndOf(table(id("t"), List.of(old), "id", "p_id")))
        .hasMessageContaining("PI-3004")
        .hasMessageContaining("fk of shop.t is known to refer to column code of shop.p")
        .hasMessageContaining("--fresh");
  }
}
