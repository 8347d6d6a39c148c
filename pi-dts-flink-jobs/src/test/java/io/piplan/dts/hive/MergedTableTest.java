package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.PartitionBy;
import io.piplan.dts.TableId;
import io.piplan.dts.sql.HiveOptions.Format;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The words of statements that Hive takes in one case only. */
class MergedTableTest {
  private static MergedTable table(PartitionBy... partitions) {
    return new MergedTable(
        new SyncedTable(
            new TableId("ods", "t"),
            Layout.MERGE,
            Format.ORC,
            List.of(new HiveColumn("id", "int"), new HiveColumn("d", "date")),
            List.of("id"),
            List.of(partitions),
            List.of(),
            TableHistory.NONE));
  }

  @Test
  void columnsAreAddedToPartitionsWhereThereAreAny() {
    List<HiveColumn> more = List.of(new HiveColumn("a b", "int"), new HiveColumn("c", "string"));
    assertThat(table(new PartitionBy(PartitionBy.Transform.DAY, "d", 0)).addColumns(more))
        .isEqualTo("ALTER TABLE `ods`.`t` ADD COLUMNS (`a b` int, `c` string) CASCADE");
    assertThat(table().addColumns(more))
        .isEqualTo("ALTER TABLE `ods`.`t` ADD COLUMNS (`a b` int, `c` string)");
  }
}
