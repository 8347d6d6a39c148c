package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChunkId;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.Lsn;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CopyFilterTest {
  private static final TableId TABLE = new TableId("shop", "orders");
  private static final int[] KEY = {0};
  private static final TableSchema SCHEMA =
      new TableSchema(
          TABLE,
          List.of(
              Column.of("id", ColumnType.INT, "int", false),
              Column.of("day", ColumnType.DATE, "date", true)),
          List.of("id"),
          List.of(),
          List.of(),
          "");
  private static final List<MappedColumn> COLUMNS =
      List.of(
          new MappedColumn(0, SCHEMA.columns().get(0), "id", "int"),
          new MappedColumn(1, SCHEMA.columns().get(1), "day", "date"));
  private static final TableMapping MAPPING =
      new TableMapping(SCHEMA, "shop", "orders", COLUMNS, COLUMNS.subList(0, 1), false);

  private static CopyBatch batch(Lsn snapshot, List<Row> rows) {
    return new CopyBatch(new ChunkId(TABLE, 0), 0, snapshot, snapshot, 0, PackedRows.of(rows));
  }

  @Test
  void rowsThatNothingIsTheMatterWithAreNotTouched() {
    RecentChanges recent = new RecentChanges(100);
    recent.changed(TABLE, KEY, Row.of("1", null), new Lsn("b.1", 9, 1, 1));
    CopyBatch batch = batch(Lsn.boundary("b.1", 10), List.of(Row.of("1", "2020-01-01")));
    PackedRows kept = new CopyFilter(recent, ZeroDates.NULL).writable(MAPPING, KEY, batch);
    assertThat(kept).isSameAs(batch.packed());
  }

  @Property(tries = 300)
  void whatChangedSinceIsLeftOutAndZeroDatesAreNull(@ForAll long seed) {
    Random random = new Random(seed);
    RecentChanges recent = new RecentChanges(1_000);
    Lsn snapshot = Lsn.boundary("b.1", 50);
    long[] changedAt = new long[40];
    for (int position = 1; position < 100; position++) {
      int id = random.nextInt(changedAt.length);
      changedAt[id] = position;
      recent.changed(TABLE, KEY, Row.of("" + id, null), new Lsn("b.1", position, 1, 1));
    }
    List<Row> rows = new ArrayList<>();
    List<Row> expected = new ArrayList<>();
    for (int id = 0; id < changedAt.length; id++) {
      boolean zero = random.nextInt(4) == 0;
      rows.add(Row.of("" + id, zero ? "2020-00-01" : "2020-01-01"));
      if (changedAt[id] < 50) {
        expected.add(Row.of("" + id, zero ? null : "2020-01-01"));
      }
    }
    PackedRows kept =
        new CopyFilter(recent, ZeroDates.NULL).writable(MAPPING, KEY, batch(snapshot, rows));
    assertThat(kept.unpack()).isEqualTo(expected);
  }

  @Property(tries = 100)
  void aKeyIsKnownOrSaidToBeForgotten(@ForAll long seed) {
    Random random = new Random(seed);
    int capacity = 1 + random.nextInt(3_000);
    RecentChanges recent = new RecentChanges(capacity);
    int keys = 1 + random.nextInt(5_000);
    long[] changedAt = new long[keys];
    for (int position = 1; position < 8_000; position++) {
      int id = random.nextInt(keys);
      changedAt[id] = position;
      recent.changed(TABLE, KEY, Row.of("" + id, null), new Lsn("b.1", position, 1, 1));
    }
    for (int id = 0; id < keys; id++) {
      Lsn snapshot = Lsn.boundary("b.1", 1 + random.nextInt(8_000));
      PackedRows.Cursor row = PackedRows.of(List.of(Row.of("" + id, null))).cursor();
      row.next();
      boolean changed = changedAt[id] >= snapshot.position();
      boolean forgotten = recent.forgottenUpTo().isAfter(snapshot);
      if (!forgotten) {
        assertThat(recent.changedSince(TABLE, KEY, row, snapshot)).isEqualTo(changed);
      }
    }
  }
}
