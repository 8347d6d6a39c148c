package io.piplan.dts.binlog;

/**
 * One binlog event as the server sent it.
 *
 * @param type the event type's number
 * @param serverId of the server that logged it first
 * @param timestamp seconds since the epoch, 0 for events made up for the connection
 * @param length of the whole event in the binlog, header and checksum too
 * @param nextPosition lower 32 bits of the place after the event, or 0 where the server leaves it
 *     out
 * @param body what follows the header
 * @param bodyLength length of the body without its checksum
 */
public record RawEvent(
    int type,
    long serverId,
    long timestamp,
    long length,
    long nextPosition,
    int flags,
    byte[] body,
    int bodyLength) {
  private static final int ARTIFICIAL = 0x20;
  private static final int IGNORABLE = 0x80;

  /** Whether the event was made up for this connection and stands in no binlog. */
  public boolean artificial() {
    return (flags & ARTIFICIAL) != 0;
  }

  /** Whether the server says that it may be ignored by whoever doesn't know it. */
  public boolean ignorable() {
    return (flags & IGNORABLE) != 0;
  }

  ByteReader reader() {
    return new ByteReader(body, bodyLength);
  }
}
