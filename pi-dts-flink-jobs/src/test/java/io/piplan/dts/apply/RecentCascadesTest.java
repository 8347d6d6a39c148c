package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of copied child rows. */
class RecentCascadesTest {
  private static final TableSchema CHILD =
      new TableSchema(
          new TableId("shop", "child"),
          List.of(
              Column.of("id", ColumnType.INT, "int", false),
              Column.of("parent", ColumnType.INT, "int", true),
              Column.of("friend", ColumnType.TEXT, "varchar(9)", true)),
          List.of("id"),
          List.of(),
          List.of(),
          "");

  private static final Lsn SNAPSHOT = at(100);

  private final RecentCascades cascades = new RecentCascades(10);

  private static Lsn at(long position) {
    return Lsn.boundary("binlog.000001", position);
  }

  private void parent(long position, String from, String to) {
    add(position, 1, Row.of(null, from, null), to == null ? null : Row.of(null, to, null));
  }

  private void add(long position, int column, Row from, Row to) {
    cascades.add(CHILD, new Cascade(at(position), CHILD.id(), List.of(column), from, to));
  }

  private ChangeEvent change(Row copied) {
    RecentCascades.Fate fate = cascades.fate(CHILD, copied, SNAPSHOT);
    assertThat(fate.sure()).isTrue();
    return fate.change().orElse(null);
  }

  @Test
  void onlyWhatCameAfterTheSnapshotAndConcernsTheRow() {
    parent(90, "1", null);
    parent(110, "2", null);

    assertThat(change(Row.of("7", "1", null))).isNull();
    assertThat(change(Row.of("7", null, null))).isNull();
    assertThat(change(Row.of("7", "2", null)).op()).isEqualTo(Op.DELETE);
  }

  @Test
  void oneAfterAnother() {
    parent(110, "1", "2");
    parent(120, "1", null);
    parent(130, "2", "3");

    ChangeEvent moved = change(Row.of("7", "1", "x"));

    assertThat(moved.op()).isEqualTo(Op.UPDATE);
    assertThat(moved.after()).isEqualTo(Row.of("7", "3", "x"));
    assertThat(moved.lsn()).isEqualTo(at(130));
    parent(140, "3", null);
    assertThat(change(Row.of("7", "1", "x")).op()).isEqualTo(Op.DELETE);
  }

  @Test
  void againAfterARollbackChangesNothing() {
    parent(110, "1", "2");
    parent(120, "2", "1");
    parent(110, "1", "2");

    assertThat(change(Row.of("7", "1", null)).after()).isEqualTo(Row.of("7", "1", null));
  }

  @Test
  void textThatACollationMayHoldEqualIsReadAgain() {
    add(110, 2, Row.of(null, null, "ann"), null);

    assertThat(cascades.fate(CHILD, Row.of("7", "1", "Ann"), SNAPSHOT).sure()).isFalse();
    assertThat(change(Row.of("7", "1", "ann")).op()).isEqualTo(Op.DELETE);
    assertThat(change(Row.of("7", "1", "bob"))).isNull();
  }

  @Test
  void tellsWhatWasForgotten() {
    for (int i = 0; i < 11; i++) {
      parent(110 + i, Integer.toString(i), null);
    }

    assertThat(cascades.forgottenUpTo()).isEqualTo(at(120));
  }
}
