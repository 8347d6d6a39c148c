package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.PartitionBy;
import io.piplan.dts.TableId;
import io.piplan.dts.ddl.ColumnEdit;
import io.piplan.dts.sql.HiveOptions.Format;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What lies in a log stays where it is, whatever the source calls it. */
class ColumnEditsTest {
  private static final String FIRST = "0001.0000000001.0000000000100.0000000000.0000000000";
  private static final String SECOND = "0001.0000000001.0000000000200.0000000000.0000000000";

  private static SyncedTable table(Layout layout) {
    return new SyncedTable(
        new TableId("ods", "t"),
        layout,
        Format.ORC,
        List.of(
            new HiveColumn("id", "int"),
            new HiveColumn("a", "string"),
            new HiveColumn("b", "int"),
            new HiveColumn("c", "decimal(10,2)"),
            new HiveColumn("d", "date")),
        List.of("id"),
        List.of(new PartitionBy(PartitionBy.Transform.DAY, "d", 0)),
        List.of(),
        TableHistory.NONE);
  }

  private static Column column(String name, ColumnType type) {
    return Column.of(name, type, type.name().toLowerCase(java.util.Locale.ROOT), true);
  }

  private static SyncedTable after(SyncedTable before, String place, ColumnEdit... edits) {
    return new ColumnEdits(before).apply(List.of(edits), place, 0);
  }

  private static Optional<String> refusal(Layout layout, ColumnEdit edit) {
    return new ColumnEdits(table(layout)).refusal(edit);
  }

  private static List<String> names(SyncedTable table) {
    return table.sourceColumns().stream().map(HiveColumn::name).toList();
  }

  private static String stored(SyncedTable table, String sourceName) {
    return table.stored(sourceName).orElseThrow().name();
  }

  @Test
  void aDroppedColumnStaysInTheLogAndItsNameIsNotTakenAgain() {
    SyncedTable dropped = after(table(Layout.CHANGELOG), FIRST, new ColumnEdit.Drop("A"));
    assertThat(names(dropped)).containsExactly("id", "b", "c", "d");
    assertThat(dropped.columnNames()).contains("a");
    SyncedTable again =
        after(dropped, SECOND, new ColumnEdit.Add(column("a", ColumnType.INT), "7"));
    assertThat(stored(again, "a")).isEqualTo("a__2");
    assertThat(again.history().addition("a__2")).hasValue(new AddedColumn("a__2", SECOND, "7"));
    assertThat(new CurrentState(again).view())
        .contains("< '" + SECOND + "' THEN CAST('7' AS int)", "END AS `a`")
        .doesNotContain("pi_rows.`a`,");
  }

  /** A key that goes with its column, in the same statement, is ended behind that. */
  @Test
  void columnsOfForeignKeysGoAndGetOtherNames() {
    ChildKey key =
        new ChildKey("x:fk", new TableId("shop", "p"), List.of("a"), List.of("id"), true, false);
    SyncedTable child = table(Layout.CHANGELOG).withChildKeys(List.of(key));
    assertThat(new ColumnEdits(child).refusal(new ColumnEdit.Drop("a"))).isEmpty();
    assertThat(new ColumnEdits(child).refusal(new ColumnEdit.Rename("a", "z"))).isEmpty();
    SyncedTable renamed = after(child, FIRST, new ColumnEdit.Rename("a", "z"));
    assertThat(TableParents.stored(renamed, List.of(key.withColumns(List.of("z")))))
        .as("the log has it under the name that it was made with")
        .containsExactly(key);
    assertThat(new CurrentState(renamed).view()).contains("pi_rows.`a` = pi_end_0.`a`");
  }

  @Test
  void columnsMaySwapNamesAndOneMayTakeADroppedOnesPlace() {
    SyncedTable swapped =
        after(
            table(Layout.CHANGELOG),
            FIRST,
            new ColumnEdit.Rename("a", "b"),
            new ColumnEdit.Rename("b", "a"));
    assertThat(stored(swapped, "a")).isEqualTo("b");
    assertThat(stored(swapped, "b")).isEqualTo("a");
    assertThat(new CurrentState(swapped).view())
        .contains("pi_rows.`a` AS `b`", "pi_rows.`b` AS `a`");
    SyncedTable back =
        after(swapped, SECOND, new ColumnEdit.Rename("a", "b"), new ColumnEdit.Rename("b", "a"));
    assertThat(back.history().names()).isEmpty();
    SyncedTable replaced =
        after(
            table(Layout.CHANGELOG),
            FIRST,
            new ColumnEdit.Drop("a"),
            new ColumnEdit.Add(column("a", ColumnType.TEXT), null));
    assertThat(stored(replaced, "a")).isEqualTo("a__2");
    assertThat(names(replaced)).containsExactly("id", "b", "c", "d", "a");
  }

  @Test
  void whatWasDoneIsKnown() {
    SyncedTable changed = after(table(Layout.CHANGELOG), SECOND, new ColumnEdit.Drop("a"));
    assertThat(changed.history().has(FIRST)).isTrue();
    assertThat(changed.history().has(SECOND)).isTrue();
    assertThat(table(Layout.CHANGELOG).history().has(FIRST)).isFalse();
  }

  /** What was done to a ghost table comes as several changes of one place. */
  @Test
  void changesOfOnePlaceAreToldApart() {
    List<ColumnEdit> first = List.of(new ColumnEdit.Rename("a", "x"));
    List<ColumnEdit> second = List.of(new ColumnEdit.Drop("x"));
    List<ColumnEdit> third = List.of(new ColumnEdit.Add(column("a", ColumnType.INT), "3"));
    SyncedTable table = table(Layout.CHANGELOG);
    SyncedTable one = new ColumnEdits(table).apply(first, SECOND, 0);
    assertThat(one.history().has(TableHistory.mark(FIRST, 5))).isTrue();
    assertThat(one.history().has(TableHistory.mark(SECOND, 0))).isTrue();
    assertThat(one.history().has(TableHistory.mark(SECOND, 1))).isFalse();
    SyncedTable two = new ColumnEdits(one).apply(second, SECOND, 1);
    assertThat(two.history().has(TableHistory.mark(SECOND, 1))).isTrue();
    assertThat(two.history().has(TableHistory.mark(SECOND, 2))).isFalse();
    assertThat(names(two)).containsExactly("id", "b", "c", "d");
    SyncedTable three = new ColumnEdits(two).apply(third, SECOND, 2);
    assertThat(stored(three, "a")).isEqualTo("a__2");
    assertThat(three.history().addition("a__2")).hasValue(new AddedColumn("a__2", SECOND, "3"));
    assertThat(three.history().has(SECOND)).isTrue();
  }

  /** Each change is looked at as the ones before it leave the table. */
  @Test
  void theSecondChangeOfAPlaceMayBeTheOneThatIsRefused() {
    List<ColumnEdit> renames = List.of(new ColumnEdit.Rename("a", "x"));
    List<ColumnEdit> shrinks =
        List.of(
            new ColumnEdit.Retype(
                "x", column("x", ColumnType.TEXT), column("x", ColumnType.SMALLINT)));
    SyncedTable table = table(Layout.CHANGELOG);
    assertThat(ColumnEdits.refusal(table, List.of(renames), SECOND)).isEmpty();
    assertThat(ColumnEdits.refusal(table, List.of(renames, shrinks), SECOND).orElseThrow())
        .contains("column x does not get another type there (string to smallint)");
    // What was made before is possible, whatever it looks like now.
    SyncedTable merged = table(Layout.MERGE);
    List<ColumnEdit> adds = List.of(new ColumnEdit.Add(column("x", ColumnType.INT), null));
    SyncedTable added = new ColumnEdits(merged).apply(adds, SECOND, 0);
    assertThat(ColumnEdits.refusal(added, List.of(adds), SECOND)).isEmpty();
    assertThat(ColumnEdits.refusal(added, List.of(adds, adds), SECOND).orElseThrow())
        .contains("there is a column x already");
  }

  /** With 'ddl.drop-column' = 'ignore' Hive has a column that the source has no more. */
  @Test
  void aNameThatADroppedColumnKeptGoesToWhoGetsIt() {
    SyncedTable renamed = after(table(Layout.CHANGELOG), FIRST, new ColumnEdit.Rename("a", "b"));
    assertThat(stored(renamed, "b")).isEqualTo("a");
    assertThat(names(renamed)).containsExactly("id", "b", "c", "d");
    assertThat(new CurrentState(renamed).view())
        .contains("pi_rows.`a` AS `b`")
        .doesNotContain("pi_rows.`b`");
    SyncedTable dropped =
        after(
            table(Layout.CHANGELOG),
            FIRST,
            new ColumnEdit.Drop("b"),
            new ColumnEdit.Rename("a", "b"));
    assertThat(dropped).isEqualTo(renamed);
  }

  /** The source widens the nearest float; files have that too. */
  @Test
  void aValueOfOldRowsThatWasAFloatIsOneStill() {
    SyncedTable added =
        after(
            table(Layout.CHANGELOG),
            FIRST,
            new ColumnEdit.Add(column("f", ColumnType.FLOAT), "0.1"));
    assertThat(new CurrentState(added).view()).contains("CAST('0.1' AS float)");
    SyncedTable widened =
        after(
            added,
            SECOND,
            new ColumnEdit.Retype(
                "f", column("f", ColumnType.FLOAT), column("f", ColumnType.DOUBLE)));
    assertThat(new CurrentState(widened).view())
        .contains("< '" + FIRST + "' THEN CAST('0.10000000149011612' AS double)");
  }

  @Test
  void typesGrowOnlyWhereOldFilesAreReadAsTheyAre() {
    assertThat(retyped(Layout.CHANGELOG, "id", ColumnType.BIGINT)).isEmpty();
    assertThat(retyped(Layout.CHANGELOG, "b", ColumnType.BIGINT)).isEmpty();
    assertThat(retyped(Layout.CHANGELOG, "a", ColumnType.TEXT)).isEmpty();
    assertThat(retyped(Layout.CHANGELOG, "b", ColumnType.SMALLINT).orElseThrow())
        .contains("could not be read");
    assertThat(retyped(Layout.CHANGELOG, "b", ColumnType.DOUBLE).orElseThrow())
        .contains("b does not get another type there (int to double)");
    assertThat(retyped(Layout.CHANGELOG, "d", ColumnType.DATETIME).orElseThrow())
        .contains("'hive.partition'");
    assertThat(retyped(Layout.PAIMON, "b", ColumnType.BIGINT)).isEmpty();
    assertThat(retyped(Layout.PAIMON, "id", ColumnType.BIGINT).orElseThrow())
        .contains("which Paimon keeps");
    assertThat(retyped(Layout.MERGE, "b", ColumnType.BIGINT).orElseThrow())
        .contains("'hive.layout' = 'merge' columns are only added");
    assertThat(
            after(
                    table(Layout.CHANGELOG),
                    FIRST,
                    new ColumnEdit.Retype(
                        "b", column("b", ColumnType.INT), column("b", ColumnType.BIGINT)))
                .stored("b"))
        .hasValue(new HiveColumn("b", "bigint"));
  }

  private static Optional<String> retyped(Layout layout, String name, ColumnType type) {
    return refusal(
        layout, new ColumnEdit.Retype(name, column(name, ColumnType.INT), column(name, type)));
  }

  @Test
  void keysAndPartitionsStay() {
    for (String name : List.of("id", "d")) {
      assertThat(refusal(Layout.CHANGELOG, new ColumnEdit.Drop(name)).orElseThrow())
          .contains("column " + name + " is not dropped there", "of the key");
      assertThat(refusal(Layout.CHANGELOG, new ColumnEdit.Rename(name, "x")).orElseThrow())
          .contains("does not get another name there");
    }
    assertThat(refusal(Layout.CHANGELOG, new ColumnEdit.Drop("a"))).isEmpty();
    assertThat(refusal(Layout.CHANGELOG, new ColumnEdit.Rename("a", "pi_op")).orElseThrow())
        .contains("no room");
    assertThat(refusal(Layout.CHANGELOG, new ColumnEdit.Rename("a", "d_day")).orElseThrow())
        .contains("no room");
    assertThat(refusal(Layout.MERGE, new ColumnEdit.Drop("a")).orElseThrow())
        .contains("only added");
    assertThat(refusal(Layout.PAIMON, new ColumnEdit.Drop("a"))).isEmpty();
    assertThat(refusal(Layout.PAIMON, new ColumnEdit.Drop("id"))).isPresent();
    assertThat(refusal(Layout.PAIMON, new ColumnEdit.Rename("a", "x"))).isEmpty();
    assertThat(refusal(Layout.MERGE, new ColumnEdit.Add(column("x", ColumnType.INT), "1")))
        .isEmpty();
    assertThat(refusal(Layout.CHANGELOG, new ColumnEdit.Add(column("x", ColumnType.TIME), "1")))
        .isPresent();
  }
}
