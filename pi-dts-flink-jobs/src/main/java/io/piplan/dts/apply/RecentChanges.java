package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which keys have changed lately, and where last, so that a copied row is not written over a newer
 * change (I8). Bounded: when full, the oldest is forgotten, and {@link #forgottenUpTo()} tells
 * which copied rows can then no longer be judged.
 *
 * <p>Keys are kept as 128-bit digests: 10^12 keys collide with a chance below 10^-14.
 */
final class RecentChanges {
  /** Digest of a table and a key. */
  record KeyDigest(long high, long low) {}

  private final LinkedHashMap<KeyDigest, Lsn> last = new LinkedHashMap<>();

  /** Where the digests of a table's keys begin; there is one call per change. */
  private final Map<TableId, KeyDigest> tables = new HashMap<>();

  private final int capacity;
  private Lsn forgottenUpTo = Lsn.START;

  RecentChanges(int capacity) {
    this.capacity = capacity;
  }

  void changed(TableId table, int[] key, Row row, Lsn lsn) {
    KeyDigest digest = digest(table, key, row);
    last.remove(digest);
    last.put(digest, lsn);
    if (last.size() > capacity) {
      Iterator<Map.Entry<KeyDigest, Lsn>> oldest = last.entrySet().iterator();
      forgottenUpTo = Lsn.max(forgottenUpTo, oldest.next().getValue());
      oldest.remove();
    }
  }

  /** Whether the key has a change that is not in a snapshot at this boundary. */
  boolean changedSince(TableId table, int[] key, Row row, Lsn snapshot) {
    if (last.isEmpty()) {
      return false;
    }
    Lsn lsn = last.get(digest(table, key, row));
    return lsn != null && lsn.isAfter(snapshot);
  }

  /** Changes up to here may have been forgotten; {@link Lsn#START} if none was. */
  Lsn forgottenUpTo() {
    return forgottenUpTo;
  }

  private static KeyDigest digest(TableId table) {
    byte[] name = table.toString().getBytes(StandardCharsets.UTF_8);
    return new KeyDigest(
        mix(0x9E3779B97F4A7C15L, name, 0x87C37B91114253D5L),
        mix(0xC2B2AE3D27D4EB4FL, name, 0x4CF5AD432745937FL));
  }

  KeyDigest digest(TableId table, int[] key, Row row) {
    KeyDigest start = tables.computeIfAbsent(table, RecentChanges::digest);
    long high = start.high();
    long low = start.low();
    for (int column : key) {
      byte[] value = row.value(column);
      high = mix(high, value, 0x87C37B91114253D5L);
      low = mix(low, value, 0x4CF5AD432745937FL);
    }
    return new KeyDigest(finish(high ^ Long.rotateLeft(low, 17)), finish(low));
  }

  private static long mix(long hash, byte[] value, long multiplier) {
    long result = (hash ^ (value == null ? -1 : value.length)) * multiplier;
    if (value != null) {
      for (byte b : value) {
        result = (result ^ (b & 0xff)) * multiplier;
        result ^= result >>> 29;
      }
    }
    return result;
  }

  private static long finish(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return mixed ^ (mixed >>> 33);
  }
}
