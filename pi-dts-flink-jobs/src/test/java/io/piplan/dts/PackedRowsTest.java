package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PackedRowsTest {

  @Property(tries = 300)
  void whatIsPackedIsUnpacked(@ForAll("rows") List<Row> rows) {
    assertThat(PackedRows.of(rows).unpack()).isEqualTo(rows);
  }

  @Property(tries = 300)
  void rowsArePickedOutWhole(@ForAll("rows") List<Row> rows) {
    RowPacker picked = new RowPacker(3, 0);
    List<Row> expected = new ArrayList<>();
    PackedRows.Cursor row = PackedRows.of(rows).cursor();
    for (int i = 0; row.next(); i++) {
      if (i % 2 == 0) {
        picked.add(row);
        expected.add(rows.get(i));
      }
    }
    assertThat(picked.take().unpack()).isEqualTo(expected);
  }

  @Property(tries = 100)
  void rowsBeforeOneArePickedOutTogether(@ForAll("rows") List<Row> rows) {
    PackedRows.Cursor row = PackedRows.of(rows).cursor();
    for (int i = 0; row.next(); i++) {
      RowPacker before = new RowPacker(3, 0);
      before.addAllBefore(row);
      before.add(row);
      assertThat(before.take().unpack()).isEqualTo(rows.subList(0, i + 1));
    }
  }

  @Test
  void everyFormOfLength() {
    List<Row> rows = new ArrayList<>();
    for (int length : new int[] {0, 1, 250, 251, 255, 256, 0xffff, 0x10000, 0xffffff, 0x1000000}) {
      rows.add(new Row(new byte[][] {new byte[length], null, {7}}));
    }
    assertThat(PackedRows.of(rows).unpack()).isEqualTo(rows);
  }

  @Provide
  Arbitrary<List<Row>> rows() {
    return Arbitraries.bytes()
        .array(byte[].class)
        .ofMaxSize(400)
        .injectNull(0.2)
        .array(byte[][].class)
        .ofSize(3)
        .map(Row::new)
        .list()
        .ofMaxSize(12);
  }
}
