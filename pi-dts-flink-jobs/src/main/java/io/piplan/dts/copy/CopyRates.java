package io.piplan.dts.copy;

import io.piplan.dts.TableId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How fast each table is copied. Chunks count when they are done, so the last quarter of a minute
 * is looked at. Used by one thread.
 */
public final class CopyRates {
  private static final long WINDOW_MILLIS = 15_000;

  private record Reading(long millis, long rows) {}

  private final Map<TableId, Deque<Reading>> readings = new HashMap<>();

  /** The progress with its rates; times only grow. */
  public List<CopyProgress> measured(List<CopyProgress> progress, long nowMillis) {
    return progress.stream().map(table -> table.withRate(rate(table, nowMillis))).toList();
  }

  private long rate(CopyProgress table, long now) {
    Deque<Reading> known = readings.computeIfAbsent(table.table(), id -> new ArrayDeque<>());
    if (table.done()) {
      known.clear();
      return 0;
    }
    Reading last = known.peekLast();
    if (last == null || last.rows() != table.copiedRows()) {
      known.addLast(new Reading(now, table.copiedRows()));
    }
    while (known.size() > 1 && now - second(known).millis() > WINDOW_MILLIS) {
      known.removeFirst();
    }
    Reading first = known.peekFirst();
    long millis = now - first.millis();
    return millis < 500 ? 0 : Math.round(1000.0 * (table.copiedRows() - first.rows()) / millis);
  }

  private static Reading second(Deque<Reading> known) {
    var all = known.iterator();
    all.next();
    return all.next();
  }
}
