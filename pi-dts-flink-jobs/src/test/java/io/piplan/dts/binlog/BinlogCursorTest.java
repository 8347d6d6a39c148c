package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Timeline;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** I4: what was read and what comes next must fit together, or the stream ends and says both. */
class BinlogCursorTest {
  private static final String FILE = "binlog.000007";
  private final BinlogCursor cursor =
      new BinlogCursor(Timeline.ANY, Lsn.boundary(FILE, 1000), true);

  @Test
  void eventsThatFollowEachOtherAreTaken() {
    transaction(cursor, 1000, 1300);
    transaction(cursor, 1300, 1500);
    assertThat(cursor.restart()).isEqualTo(Lsn.boundary(FILE, 1500));
  }

  @Test
  void aHoleBetweenTransactionsEndsTheStreamAndNamesBothEnds() {
    transaction(cursor, 1000, 1300);
    gap(() -> cursor.advance(event(1400, 1500)), "binlog.000007:1300", "1400");
  }

  @Test
  void anEventThatWasReadAlreadyEndsTheStream() {
    transaction(cursor, 1000, 1300);
    gap(() -> cursor.advance(event(1000, 1300)), "binlog.000007:1300", "1000");
  }

  @Test
  void whatComesBehindTheFirstEventOfAFileMayBeLeftOutByTheServer() {
    cursor.rotate(rotate("binlog.000008", 4));
    cursor.format(event(4, 256));
    transaction(cursor, 700, 900);
    assertThat(cursor.restart()).isEqualTo(Lsn.boundary("binlog.000008", 900));
  }

  @Test
  void theNextFileFollows() {
    cursor.rotate(rotate("binlog.000008", 4));
    assertThat(cursor.restart()).isEqualTo(Lsn.boundary("binlog.000008", 4));
    gap(() -> cursor.rotate(rotate("binlog.000010", 4)), "binlog.000008:4", "binlog.000010");
  }

  @Test
  void aReconnectionGoesOnWhereReadingWas() {
    cursor.rotate(rotate(FILE, 1000));
    assertThat(cursor.restart()).isEqualTo(Lsn.boundary(FILE, 1000));
    gap(() -> cursor.rotate(rotate(FILE, 1200)), "binlog.000007:1000", "1200");
  }

  @Test
  void aFileMustNotEndInTheMiddleOfATransaction() {
    cursor.advance(event(1000, 1050));
    cursor.announce(1);
    cursor.begin(false);
    cursor.seesRows();
    gap(() -> cursor.rotate(rotate("binlog.000008", 4)), "middle of a transaction");
  }

  @Test
  void aTransactionMustNotBeginInsideAnother() {
    cursor.advance(event(1000, 1050));
    cursor.announce(1);
    cursor.begin(false);
    gap(() -> cursor.announce(2), "inside another");
  }

  @Test
  void aHeartbeatFromFurtherOnShowsThatEventsAreMissing() {
    transaction(cursor, 1000, 1300);
    assertThat(cursor.caughtUp(heartbeat(1300))).isTrue();
    gap(() -> cursor.caughtUp(heartbeat(1800)), "binlog.000007:1300", "1800");
  }

  @Test
  void rowsWithoutTheStartOfTheirTransactionAreRefused() {
    cursor.advance(event(1000, 1050));
    assertThatThrownBy(cursor::nextRowsEvent)
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("binlog.000007:1000");
  }

  @Test
  void positionsBeyondFourGigabytesGoOn() {
    long big = (1L << 32) - 100;
    BinlogCursor far = new BinlogCursor(Timeline.ANY, Lsn.boundary(FILE, big), true);
    far.advance(new RawEvent(2, 1, 1, 300, (big + 300) & 0xFFFF_FFFFL, 0, new byte[0], 0));
    assertThat(far.restart()).isEqualTo(Lsn.boundary(FILE, big + 300));
  }

  /** All places of one timeline carry its number, those of statements too. */
  @Test
  void afterAFailOverPlacesAreThoseOfTheNewTimeline() {
    Timeline second = Timeline.ANY.next("another");
    BinlogCursor later = new BinlogCursor(second, Lsn.boundary(FILE, 1000), true);
    later.advance(event(1000, 1050));
    later.announce(1);
    String placed = second.file(FILE);
    assertThat(later.statement().file()).isEqualTo(placed);
    assertThat(later.transaction().file()).isEqualTo(placed);
    later.begin(false);
    assertThat(later.nextRowsEvent().file()).isEqualTo(placed);
    assertThat(later.statement().file()).isEqualTo(placed);
  }

  private static void transaction(BinlogCursor cursor, long start, long end) {
    cursor.advance(event(start, start + 50));
    cursor.announce(1);
    cursor.begin(false);
    cursor.advance(event(start + 50, end));
    cursor.nextRowsEvent();
    cursor.end();
  }

  private static RawEvent event(long start, long end) {
    return new RawEvent(2, 1, 1, end - start, end, 0, new byte[0], 0);
  }

  private static RawEvent rotate(String next, long position) {
    byte[] name = next.getBytes(StandardCharsets.US_ASCII);
    byte[] body =
        ByteBuffer.allocate(8 + name.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(position)
            .put(name)
            .array();
    return new RawEvent(4, 1, 0, 0, 0, 0x20, body, body.length);
  }

  private static RawEvent heartbeat(long end) {
    byte[] body = FILE.getBytes(StandardCharsets.US_ASCII);
    return new RawEvent(27, 1, 0, 0, end, 0x20, body, body.length);
  }

  private static void gap(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("PI-2011")
        .hasMessageContainingAll(parts)
        .hasMessageContaining("start the sync anew");
  }
}
