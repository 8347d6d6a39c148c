package io.piplan.dts.apply;

import io.piplan.dts.Column;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which keys have changed lately, and where last, so that a copied row is not written over a newer
 * change (I8). Bounded: of {@code capacity} keys up to half are forgotten at a time, the older
 * ones, and {@link #forgottenUpTo()} tells which copied rows can then no longer be judged.
 *
 * <p>Keys are kept as 128-bit digests: 10^12 keys collide with a chance below 10^-14. There is a
 * call per change, so there are no objects: changes fill one of two tables, and when it is full, it
 * takes the place of the older one.
 */
final class RecentChanges {
  private final int half;

  /** Where the digests of a table's keys begin. */
  private final Map<TableId, long[]> tables = new HashMap<>();

  private Generation young = new Generation();
  private Generation old = new Generation();
  private Lsn forgottenUpTo = Lsn.START;
  private Lsn newest = Lsn.START;

  /** The last change that only the older table may know. */
  private Lsn oldUpTo = Lsn.START;

  /** Tables of which keys are kept as collations may see them too, since where. */
  private final Map<TableId, Likeness> likenesses = new HashMap<>();

  /** How a table's keys are folded. */
  private record Likeness(TableSchema schema, long[] start, Lsn since) {}

  /** The digest computed last. */
  private long high;

  private long low;

  RecentChanges(int capacity) {
    this.half = Math.max(1, capacity / 2);
  }

  /** Changes come in the order of their places. */
  void changed(TableId table, int[] key, Row row, Lsn lsn) {
    begin(table);
    for (int column : key) {
      byte[] value = row.value(column);
      add(value, 0, value == null ? -1 : value.length);
    }
    finish();
    if (young.size >= half) {
      turn();
    }
    young.put(high, low, lsn);
    newest = Lsn.max(newest, lsn);
    if (!likenesses.isEmpty()) {
      likeChanged(table, row, lsn);
    }
  }

  private void likeChanged(TableId table, Row row, Lsn lsn) {
    Likeness likeness = likenesses.get(table);
    if (likeness != null) {
      digest(likeness, row);
      if (young.size >= half) {
        turn();
      }
      young.put(high, low, lsn);
    }
  }

  private void digest(Likeness likeness, Row row) {
    high = likeness.start()[0];
    low = likeness.start()[1];
    for (int index : likeness.schema().keyIndexes()) {
      Column column = likeness.schema().columns().get(index);
      byte[] value = row.value(index);
      if (value != null && column.type().isCollated()) {
        value = Lanes.fold(column, value).getBytes(StandardCharsets.UTF_8);
      }
      add(value, 0, value == null ? -1 : value.length);
    }
    finish();
  }

  /**
   * Whether {@link #likeChangedSince} can tell of a table's keys. If not, it can from now on.
   *
   * @param now up to where changes have been told
   */
  boolean knowsLikeSince(TableSchema schema, Lsn snapshot, Lsn now) {
    if (schema.key().stream()
        .noneMatch(column -> schema.column(column).orElseThrow().type().isCollated())) {
      return true;
    }
    Likeness likeness = likenesses.get(schema.id());
    if (likeness == null || !likeness.schema().equals(schema)) {
      begin(new TableId(schema.id().database(), schema.id().table() + "\0like"));
      likeness = new Likeness(schema, new long[] {high, low}, now);
      likenesses.put(schema.id(), likeness);
    }
    return likeness.since().isAtOrBefore(snapshot);
  }

  /**
   * Whether a key that a collation may hold equal has a change that is not in a snapshot at this
   * boundary. A target may have a row under another spelling of the key.
   */
  boolean likeChangedSince(TableSchema schema, PackedRows.Cursor row, Lsn snapshot) {
    Likeness likeness = likenesses.get(schema.id());
    if (likeness == null) {
      return changedSince(schema.id(), schema.keyIndexes(), row, snapshot);
    }
    digest(likeness, row.row());
    Lsn lsn = last();
    return lsn != null && lsn.isAfter(snapshot);
  }

  /** Where the key digested last has changed last, or null. */
  private Lsn last() {
    Lsn lsn = young.get(high, low);
    return lsn == null ? old.get(high, low) : lsn;
  }

  private void turn() {
    forgottenUpTo = Lsn.max(forgottenUpTo, oldUpTo);
    oldUpTo = newest;
    Generation emptied = old;
    old = young;
    young = emptied;
    young.clear();
  }

  /** Whether anything changed after the boundary. */
  boolean hasAfter(Lsn snapshot) {
    return newest.isAfter(snapshot);
  }

  /** Whether the key has a change that is not in a snapshot at this boundary. */
  boolean changedSince(TableId table, int[] key, PackedRows.Cursor row, Lsn snapshot) {
    begin(table);
    for (int column : key) {
      add(row.data(), row.offset(column), row.length(column));
    }
    finish();
    Lsn lsn = last();
    return lsn != null && lsn.isAfter(snapshot);
  }

  /** Changes up to here may have been forgotten; {@link Lsn#START} if none was. */
  Lsn forgottenUpTo() {
    return forgottenUpTo;
  }

  private void begin(TableId table) {
    long[] start = tables.get(table);
    if (start == null) {
      byte[] name = table.toString().getBytes(StandardCharsets.UTF_8);
      high = 0x9E3779B97F4A7C15L;
      low = 0xC2B2AE3D27D4EB4FL;
      add(name, 0, name.length);
      start = new long[] {high, low};
      tables.put(table, start);
    }
    high = start[0];
    low = start[1];
  }

  private void add(byte[] bytes, int from, int length) {
    long mixedHigh = (high ^ length) * 0x87C37B91114253D5L;
    long mixedLow = (low ^ length) * 0x4CF5AD432745937FL;
    for (int i = from; i < from + length; i++) {
      mixedHigh = (mixedHigh ^ (bytes[i] & 0xff)) * 0x87C37B91114253D5L;
      mixedHigh ^= mixedHigh >>> 29;
      mixedLow = (mixedLow ^ (bytes[i] & 0xff)) * 0x4CF5AD432745937FL;
      mixedLow ^= mixedLow >>> 29;
    }
    high = mixedHigh;
    low = mixedLow;
  }

  private void finish() {
    high = finish(high ^ Long.rotateLeft(low, 17));
    low = finish(low);
  }

  private static long finish(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return mixed ^ (mixed >>> 33);
  }

  /** A hash table of digests, open, at most half full. */
  private static final class Generation {
    private static final int LEAST_SLOTS = 1 << 10;

    private long[] digests = new long[2 * LEAST_SLOTS];
    private Lsn[] places = new Lsn[LEAST_SLOTS];
    private int size;

    void put(long high, long low, Lsn lsn) {
      int slot = slot(high, low);
      if (places[slot] == null) {
        if (2 * (size + 1) > places.length) {
          grow();
          slot = slot(high, low);
        }
        size++;
        digests[2 * slot] = high;
        digests[2 * slot + 1] = low;
      }
      places[slot] = lsn;
    }

    Lsn get(long high, long low) {
      return places[slot(high, low)];
    }

    /** Where the digest is, or the free place where it belongs. */
    private int slot(long high, long low) {
      int mask = places.length - 1;
      int slot = (int) low & mask;
      while (places[slot] != null && (digests[2 * slot] != high || digests[2 * slot + 1] != low)) {
        slot = (slot + 1) & mask;
      }
      return slot;
    }

    private void grow() {
      long[] grownFrom = digests;
      Lsn[] placesFrom = places;
      digests = new long[2 * grownFrom.length];
      places = new Lsn[2 * placesFrom.length];
      for (int i = 0; i < placesFrom.length; i++) {
        if (placesFrom[i] != null) {
          int slot = slot(grownFrom[2 * i], grownFrom[2 * i + 1]);
          digests[2 * slot] = grownFrom[2 * i];
          digests[2 * slot + 1] = grownFrom[2 * i + 1];
          places[slot] = placesFrom[i];
        }
      }
    }

    void clear() {
      Arrays.fill(places, null);
      size = 0;
    }
  }
}
