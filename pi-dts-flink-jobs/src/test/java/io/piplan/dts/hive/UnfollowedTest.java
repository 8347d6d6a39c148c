package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.ForeignKey.Action;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.HiveOptions.Compression;
import io.piplan.dts.sql.HiveOptions.Format;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Foreign keys on columns that Hive is without. */
class UnfollowedTest {
  private static final TableId CHILD = new TableId("shop", "c");

  private static HiveOptions options(boolean follows) {
    return new HiveOptions(
        Layout.CHANGELOG,
        Map.of(),
        Format.ORC,
        Compression.SNAPPY,
        Duration.ZERO,
        Duration.ofMinutes(5),
        Duration.ofDays(1),
        Duration.ofHours(1),
        Duration.ZERO,
        follows,
        ZoneOffset.UTC);
  }

  private static String why(Action onDelete, boolean follows, String... leftOut) {
    List<Column> columns =
        List.of(
            Column.of("id", ColumnType.INT, "int", false),
            Column.of("A", ColumnType.INT, "int", true),
            Column.of("b", ColumnType.INT, "int", true));
    ForeignKey key =
        new ForeignKey(
            "fk",
            List.of("A", "b"),
            new TableId("shop", "p"),
            List.of("x", "y"),
            onDelete,
            Action.RESTRICT);
    TableSchema source =
        new TableSchema(CHILD, columns, List.of("id"), List.of(), List.of(key), "");
    SyncedTable there =
        new SyncedTable(
            CHILD,
            Layout.CHANGELOG,
            Format.ORC,
            List.of(new HiveColumn("id", "int")),
            List.of("id"),
            List.of(),
            List.of(),
            TableHistory.NONE);
    return Unfollowed.of(source, Set.of(leftOut)::contains, there, options(follows))
        .map(unfollowed -> unfollowed.why() + "; " + unfollowed.remedy())
        .orElse("followed");
  }

  @Test
  void whichRowsEndIsNotKnownThere() {
    assertThat(why(Action.CASCADE, true, "b"))
        .isEqualTo(
            "foreign key fk of shop.c is on a column that Hive is without, so that it is not known"
                + " there which rows end with their parents; 'hive.cascades' = 'ignore' if such"
                + " rows may stay");
    assertThat(why(Action.CASCADE, true, "a", "b")).contains("foreign key fk of shop.c");
    assertThat(why(Action.SET_NULL, true, "a")).contains("foreign key fk of shop.c");
  }

  /** Also where the column comes with the very statement that brings the key. */
  @Test
  void columnsThatAreToBeThereAreFollowed() {
    assertThat(why(Action.CASCADE, true)).isEqualTo("followed");
    assertThat(why(Action.SET_NULL, true)).isEqualTo("followed");
  }

  @Test
  void whatIsEmptiedMayBeMissing() {
    assertThat(why(Action.SET_NULL, true, "a", "b")).isEqualTo("followed");
  }

  @Test
  void whatIsNotToBeFollowedIsNotRefused() {
    assertThat(why(Action.CASCADE, false, "b")).isEqualTo("followed");
  }
}
