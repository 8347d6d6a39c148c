package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import org.junit.jupiter.api.Test;

class PendingChangesTest {
  private final PendingChanges pending = new PendingChanges(3);
  private int number;

  private ChangeEvent insert(int bytes) {
    Lsn lsn = new Lsn("b.000001", 100L * ++number, 1, 1);
    Row row = new Row(new byte[][] {{1}, null, new byte[bytes - 1]});
    return new ChangeEvent(new TableId("d", "t"), 0, Op.INSERT, null, row, lsn, Lsn.START, 0);
  }

  @Test
  void fullByRows() {
    pending.add(insert(10));
    pending.add(insert(10));
    assertThat(pending.isFull()).isFalse();
    pending.add(insert(10));
    assertThat(pending.isFull()).isTrue();
    pending.clear();
    assertThat(pending.isFull()).isFalse();
    assertThat(pending.isEmpty()).isTrue();
  }

  @Test
  void fullByBytes() {
    pending.add(insert((int) PendingChanges.MOST_BYTES - 10));
    assertThat(pending.isFull()).isFalse();
    pending.add(insert(10));
    assertThat(pending.isFull()).isTrue();
  }

  @Test
  void whatIsTakenOutCountsNoMore() {
    pending.add(insert(10));
    ChangeEvent large = insert((int) PendingChanges.MOST_BYTES);
    pending.add(large);
    assertThat(pending.removeFrom(1)).containsExactly(large);
    assertThat(pending.isFull()).isFalse();
    assertThat(pending.size()).isEqualTo(1);
    pending.add(large);
    assertThat(pending.isFull()).isTrue();
  }
}
