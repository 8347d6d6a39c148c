package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.meta.RowVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class VersionColumnTest {
  private static final VersionColumn PIDAL = column("pidal_c", ColumnType.BIGINT);
  private static final VersionColumn TIME = column("update_time", ColumnType.TIMESTAMP);

  private static VersionColumn column(String name, ColumnType type) {
    return new VersionChoice(type == ColumnType.BIGINT ? "auto" : name, Map.of())
        .column(mapping(Column.of(name, type, type.name(), true)))
        .orElseThrow();
  }

  private static TableMapping mapping(Column... more) {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.of("id", ColumnType.BIGINT, "bigint", false));
    columns.addAll(List.of(more));
    List<MappedColumn> mapped = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      mapped.add(new MappedColumn(i, columns.get(i), columns.get(i).name(), "bigint"));
    }
    TableSchema schema =
        new TableSchema(
            new TableId("src", "t"),
            columns,
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    return new TableMapping(schema, "dst", "t", mapped, mapped.subList(0, 1), false);
  }

  private static byte[] text(String value) {
    return value == null ? null : value.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] version(int zone, long clock, boolean locked) {
    return text(Long.toString(new RowVersion(zone, clock, locked).encode()));
  }

  @Property
  void clocksOrderFirstThenZonesWhateverTheLock(
      @ForAll @IntRange(min = 1, max = 1023) int zoneA,
      @ForAll @IntRange(min = 1, max = 1023) int zoneB,
      @ForAll @LongRange(min = 0, max = RowVersion.MAX_CLOCK) long clockA,
      @ForAll @LongRange(min = 0, max = RowVersion.MAX_CLOCK) long clockB,
      @ForAll boolean lockA,
      @ForAll boolean lockB) {
    Age age = PIDAL.age(version(zoneA, clockA, lockA), version(zoneB, clockB, lockB));
    Age expected = clockA < clockB ? Age.OLDER : clockA > clockB ? Age.NEWER : zones(zoneA, zoneB);
    assertThat(age).isEqualTo(expected);
    assertThat(PIDAL.age(version(zoneA, clockA, lockA), version(zoneA, clockA, lockB)))
        .isEqualTo(Age.SAME);
    assertThat(PIDAL.sameZone(version(zoneA, clockA, lockA), version(zoneB, clockB, lockB)))
        .isEqualTo(zoneA == zoneB);
  }

  private static Age zones(int a, int b) {
    return a < b ? Age.OLDER : a > b ? Age.NEWER : Age.SAME;
  }

  /** What one site takes for the newer of two states, all others take for it too. */
  @Property
  void ordersAsMetadataDoes(
      @ForAll @IntRange(min = 1, max = 3) int zoneA,
      @ForAll @IntRange(min = 1, max = 3) int zoneB,
      @ForAll @LongRange(min = 0, max = 3) long clockA,
      @ForAll @LongRange(min = 0, max = 3) long clockB) {
    Age age = PIDAL.age(version(zoneA, clockA, false), version(zoneB, clockB, true));
    RowVersion a = new RowVersion(zoneA, clockA, false);
    RowVersion b = new RowVersion(zoneB, clockB, true);
    assertThat(age == Age.NEWER).isEqualTo(a.isNewerThan(b));
    assertThat(age == Age.OLDER).isEqualTo(b.isNewerThan(a));
  }

  @Test
  void whatIsNoVersionSaysNothing() {
    byte[] some = version(1, 7, false);
    assertThat(PIDAL.age(null, some)).isEqualTo(Age.UNKNOWN);
    assertThat(PIDAL.age(some, null)).isEqualTo(Age.UNKNOWN);
    assertThat(PIDAL.age(text("-2"), some)).isEqualTo(Age.UNKNOWN);
    assertThat(PIDAL.age(some, text("99999999999999999999"))).isEqualTo(Age.UNKNOWN);
    assertThat(PIDAL.age(text(""), some)).isEqualTo(Age.UNKNOWN);
    assertThat(PIDAL.age(some, text(Long.toString(Long.MAX_VALUE)))).isEqualTo(Age.OLDER);
    assertThat(PIDAL.age(text("0"), text("0"))).isEqualTo(Age.UNKNOWN);
    assertThat(PIDAL.age(text("0"), some)).isEqualTo(Age.OLDER);
    assertThat(PIDAL.age(some, text("0"))).isEqualTo(Age.NEWER);
    assertThat(PIDAL.orders(text("0"))).isFalse();
    assertThat(PIDAL.orders(null)).isFalse();
    assertThat(PIDAL.orders(some)).isTrue();
  }

  @Test
  void timesCompareByValueAndEqualOnesSayNothing() {
    assertThat(TIME.age(text("2026-01-02 03:04:05.5"), text("2026-01-02 03:04:05.500000")))
        .isEqualTo(Age.UNKNOWN);
    assertThat(TIME.age(text("2026-01-02 03:04:05"), text("2026-01-02 03:04:05.000")))
        .isEqualTo(Age.UNKNOWN);
    assertThat(TIME.age(text("2026-01-02 03:04:05"), text("2026-01-02 03:04:05.1")))
        .isEqualTo(Age.OLDER);
    assertThat(TIME.age(text("2026-01-02 03:04:06"), text("2026-01-02 03:04:05.999999")))
        .isEqualTo(Age.NEWER);
    assertThat(TIME.age(null, text("2026-01-02 03:04:05"))).isEqualTo(Age.UNKNOWN);
    assertThat(TIME.isLocked(text("2026-01-02 03:04:05"))).isFalse();
  }

  @Test
  void theLockBitIsTakenOffAndNothingElse() {
    Row locked = new Row(new byte[][] {text("1"), version(3, 99, true)});
    assertThat(PIDAL.isLocked(PIDAL.of(locked))).isTrue();
    Row unlocked = PIDAL.unlocked(locked);
    assertThat(PIDAL.of(unlocked)).isEqualTo(version(3, 99, false));
    assertThat(PIDAL.of(locked)).isEqualTo(version(3, 99, true));
    assertThat(PIDAL.unlocked(unlocked)).isSameAs(unlocked);
  }

  @Test
  void eachTableHasTheVersionThatIsChosenForIt() {
    Column pidal = Column.of("pidal_c", ColumnType.BIGINT, "bigint", false);
    Column time = Column.of("changed", ColumnType.DATETIME, "datetime(6)", true);
    Column text = Column.of("name", ColumnType.VARCHAR, "varchar(9)", true);
    TableMapping all = mapping(pidal, time, text);
    assertThat(new VersionChoice("auto", Map.of()).column(all).orElseThrow().isRowVersion())
        .isTrue();
    assertThat(new VersionChoice("auto", Map.of()).column(mapping(time))).isEmpty();
    assertThat(new VersionChoice("none", Map.of()).column(all)).isEmpty();
    assertThat(new VersionChoice("auto", Map.of("t", "NONE")).column(all)).isEmpty();
    assertThat(
            new VersionChoice("none", Map.of("t", "changed"))
                .column(all)
                .orElseThrow()
                .isRowVersion())
        .isFalse();
    assertThatThrownBy(() -> new VersionChoice("changed", Map.of()).column(mapping(text)))
        .hasMessageContaining("'row.version' = 'changed'")
        .hasMessageContaining("src.t does not have it")
        .hasMessageContaining("VERSIONS (t: none)");
    assertThatThrownBy(() -> new VersionChoice("auto", Map.of("t", "name")).column(all))
        .hasMessageContaining("VERSIONS names column name for table t")
        .hasMessageContaining("varchar(9)");
  }
}
