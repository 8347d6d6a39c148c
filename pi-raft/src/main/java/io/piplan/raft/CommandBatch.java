package io.piplan.raft;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Several commands, or several queries, as one message.
 *
 * <pre>
 * kind (1) | caller (16) | sequence (8) | count (4) | count × ( length (4) | bytes )
 * </pre>
 *
 * @param queries whether they only ask; such a batch is an entry of the log as well, see {@link
 *     RaftRead#LINEARIZABLE}
 * @param caller who sent it, with {@code sequence} its name among all batches
 */
record CommandBatch(boolean queries, UUID caller, long sequence, List<byte[]> items) {
  private static final int HEADER = 29;
  private static final UUID NOBODY = new UUID(0, 0);

  /** Bytes that an item takes beside its own. */
  static final int ITEM_OVERHEAD = 4;

  /** An entry that changes nothing, and tells how long its leader's lease is. */
  static CommandBatch ofLease(long nanos) {
    return new CommandBatch(true, NOBODY, nanos, List.of());
  }

  /** Of a lease, if this is {@link #ofLease}; else 0. */
  long leaseNanos() {
    return queries && items.isEmpty() && caller.equals(NOBODY) ? sequence : 0;
  }

  byte[] encode() {
    int size = HEADER;
    for (byte[] item : items) {
      size += ITEM_OVERHEAD + item.length;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put((byte) (queries ? 1 : 0));
    out.putLong(caller.getMostSignificantBits());
    out.putLong(caller.getLeastSignificantBits());
    out.putLong(sequence);
    out.putInt(items.size());
    for (byte[] item : items) {
      out.putInt(item.length);
      out.put(item);
    }
    return out.array();
  }

  static CommandBatch decode(ByteBuffer in) {
    boolean queries = in.get() == 1;
    UUID caller = new UUID(in.getLong(), in.getLong());
    long sequence = in.getLong();
    int count = in.getInt();
    List<byte[]> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] item = new byte[in.getInt()];
      in.get(item);
      items.add(item);
    }
    return new CommandBatch(queries, caller, sequence, items);
  }
}
