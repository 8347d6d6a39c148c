package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class HeldRowsTest {
  private static final Lsn PLACE = new Lsn("binlog.000001", 4, 0, 0);
  private static final ChangeEvent NARROW =
      new ChangeEvent(
          new TableId("shop", "t"), 0, Op.INSERT, null, Row.of("1"), PLACE, Lsn.START, 0);

  private final HeldRows held = new HeldRows();

  private static RawEvent event(long length) {
    return new RawEvent(30, 1, 0, length, 0, 0, new byte[0], 0);
  }

  private static void refused(ThrowingCallable what) {
    assertThatThrownBy(what)
        .isInstanceOfSatisfying(
            DtsException.class, e -> assertThat(e.error()).isEqualTo(DtsError.SOURCE_EVENT_UNKNOWN))
        .hasMessageContaining("32 MB of rows, or more than 100000 of them");
  }

  private void add(int rows) {
    for (int i = 0; i < rows; i++) {
      held.add(NARROW, PLACE);
    }
  }

  @Test
  void asManyBytesAsThereIsRoomFor() {
    held.weigh(event(32L << 20), PLACE);
    refused(() -> held.weigh(event(1), PLACE));
  }

  /** A row of a byte is a hundred of memory. */
  @Test
  void asManyRowsAsThereIsRoomFor() {
    held.weigh(event(1), PLACE);
    add(HeldRows.MOST_ROWS);
    refused(() -> held.add(NARROW, PLACE));
  }

  @Test
  void theNextTransactionHasTheRoomAgain() {
    List<StreamElement> passed = new ArrayList<>();
    held.weigh(event(32L << 20), PLACE);
    add(HeldRows.MOST_ROWS);
    held.passTo(passed::add);
    assertThat(passed).hasSize(HeldRows.MOST_ROWS);
    held.weigh(event(32L << 20), PLACE);
    add(1);
    held.passTo(passed::add);
    assertThat(passed).hasSize(HeldRows.MOST_ROWS + 1);
  }
}
