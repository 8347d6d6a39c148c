package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Lsn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GtidsUpToTest {
  private static final String A = "00000000-0000-0000-0000-00000000000a";
  private static final Lsn PLACE = Lsn.boundary("binlog.000002", 1000);

  private final GtidsUpTo found = new GtidsUpTo(PLACE, A + ":1-5");

  @Test
  void whatBeginsBeforeThePlaceIsBeforeIt() {
    opened("binlog.000002", 4);
    transaction(EventTypes.GTID, 7, 400, 500);
    transaction(EventTypes.GTID, 6, 500, 1000);
    assertThat(found.reached()).isTrue();
    transaction(EventTypes.GTID, 8, 1000, 1200);
    assertThat(found.text()).contains(A + ":1-7");
  }

  @Test
  void theLastOneIsSeenToItsEnd() {
    opened("binlog.000002", 4);
    transaction(EventTypes.GTID, 6, 900, 990);
    assertThat(found.reached()).isFalse();
    assertThat(found.text()).contains(A + ":1-6");
  }

  @Test
  void aHeartbeatTellsOfThoseLeftOut() {
    opened("binlog.000002", 4);
    heartbeat("binlog.000001", 5000);
    assertThat(found.reached()).isFalse();
    heartbeat("binlog.000002", 1000);
    assertThat(found.reached()).isTrue();
    assertThat(found.text()).contains(A + ":1-5");
  }

  @Test
  void transactionsOfAnEarlierFileCount() {
    opened("binlog.000001", 4);
    transaction(EventTypes.GTID, 6, 4000, 5000);
    assertThat(found.reached()).isFalse();
    opened("binlog.000003", 4);
    assertThat(found.reached()).isTrue();
    assertThat(found.text()).contains(A + ":1-6");
  }

  @Test
  void oneWithoutAGtidEndsIt() {
    opened("binlog.000002", 4);
    transaction(EventTypes.ANONYMOUS_GTID, 0, 1000, 1100);
    assertThat(found.text()).isPresent();
    transaction(EventTypes.ANONYMOUS_GTID, 0, 500, 600);
    assertThat(found.text()).isEmpty();
  }

  private void opened(String file, long position) {
    byte[] name = file.getBytes(StandardCharsets.UTF_8);
    ByteBuffer body = ByteBuffer.allocate(8 + name.length).order(ByteOrder.LITTLE_ENDIAN);
    body.putLong(position).put(name);
    accept(EventTypes.ROTATE, 0, 0, 0x20, body.array());
  }

  private void heartbeat(String file, long position) {
    accept(EventTypes.HEARTBEAT, 0, position, 0, file.getBytes(StandardCharsets.UTF_8));
  }

  private void transaction(int type, long number, long start, long end) {
    ByteBuffer body = ByteBuffer.allocate(25).order(ByteOrder.LITTLE_ENDIAN);
    body.put(16, (byte) 0x0a).putLong(17, number);
    accept(type, 44, start + 44, 0, body.array());
    accept(EventTypes.XID, 31, end, 0, new byte[8]);
  }

  private void accept(int type, long length, long next, int flags, byte[] body) {
    found.accept(new RawEvent(type, 1, 0, length, next, flags, body, body.length));
  }
}
