package io.piplan.dts.binlog;

/** What the events before each transaction say about it. */
final class Gtids {
  private static final int STANDALONE = 1;
  private static final int GROUP_COMMIT = 2;
  private static final int PREPARED_XA = 64;
  private static final int COMPLETED_XA = 128;

  /** Of binlog_alter_two_phase. */
  private static final int START_ALTER = 2;

  private static final int ROLLBACK_ALTER = 8;
  private static final int COMMIT_TIME_OFFSET = 1 + 16 + 8 + 1 + 8 + 8;
  private static final long COMMIT_TIME_BITS = (1L << 55) - 1;

  private Gtids() {}

  /**
   * @param standalone whether one event follows and nothing says that the group ends
   * @param preparedXa whether its rows may still be rolled back
   * @param begun whether it holds an ALTER that only begins, or that came to nothing
   */
  record MariaDbGroup(boolean standalone, boolean preparedXa, boolean begun) {}

  static MariaDbGroup mariaDbGroup(ByteReader in) {
    in.skip(12);
    int flags = in.u8();
    if ((flags & GROUP_COMMIT) != 0) {
      in.skip(8);
    }
    boolean plain = (flags & (PREPARED_XA | COMPLETED_XA)) == 0;
    int more = plain && in.remaining() > 0 ? in.u8() : 0;
    return new MariaDbGroup(
        (flags & STANDALONE) != 0,
        (flags & PREPARED_XA) != 0,
        (more & (START_ALTER | ROLLBACK_ALTER)) != 0);
  }

  /** MySQL 8 logs the commit time in microseconds; others have the header's whole seconds. */
  static long commitMillis(RawEvent event) {
    boolean hasCommitTime =
        event.type() != EventTypes.GTID_TAGGED && event.bodyLength() >= COMMIT_TIME_OFFSET + 7;
    if (!hasCommitTime) {
      return event.timestamp() * 1000;
    }
    ByteReader in = event.reader();
    in.skip(COMMIT_TIME_OFFSET);
    return (in.little(7) & COMMIT_TIME_BITS) / 1000;
  }
}
