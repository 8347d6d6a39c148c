package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Row;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes that were received and not applied yet, in order. Full by rows or by bytes, whichever
 * comes first: a thousand rows of 16 MiB each would be more than a writer's memory.
 */
final class PendingChanges {
  /** Of before and after images together. */
  static final long MOST_BYTES = 16L << 20;

  private final int mostRows;
  private final List<ChangeEvent> changes = new ArrayList<>();
  private long bytes;

  PendingChanges(int mostRows) {
    this.mostRows = mostRows;
  }

  void add(ChangeEvent change) {
    changes.add(change);
    bytes += bytes(change);
  }

  /** All, in the order they came; a view. */
  List<ChangeEvent> all() {
    return changes;
  }

  int size() {
    return changes.size();
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  boolean isFull() {
    return changes.size() >= mostRows || bytes >= MOST_BYTES;
  }

  /** Takes out those from a place on; in order. */
  List<ChangeEvent> removeFrom(int first) {
    List<ChangeEvent> tail = changes.subList(first, changes.size());
    List<ChangeEvent> removed = List.copyOf(tail);
    tail.clear();
    removed.forEach(change -> bytes -= bytes(change));
    return removed;
  }

  void clear() {
    changes.clear();
    bytes = 0;
  }

  private static long bytes(ChangeEvent change) {
    return bytes(change.before()) + bytes(change.after());
  }

  private static long bytes(Row row) {
    return row == null ? 0 : row.bytes();
  }
}
