package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.TableId;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts changes by table until they are stored on the target, which is done about once a second: a
 * failure loses what was counted since. With two phases it is done with each commit, and nothing is
 * lost. Used by one thread.
 */
public final class TableActivity {
  private static final long STORE_MILLIS = 1_000;

  /** What one table had since the last time. */
  public static final class Count {
    private long changes;
    private long sourceMillis;
    private boolean wasBusy;

    public long changes() {
      return changes;
    }

    /** Source commit time of the last change. */
    public long sourceMillis() {
      return sourceMillis;
    }
  }

  private final Map<TableId, Count> counts = new HashMap<>();
  private long sinceMillis;
  private boolean due;

  void changed(ChangeEvent change) {
    Count count = counts.computeIfAbsent(change.table(), table -> new Count());
    count.changes++;
    count.sourceMillis = change.sourceMillis();
    due = true;
  }

  /** Whether there is something to be stored now: new counts, or that there are none any more. */
  boolean isDue(long nowMillis) {
    if (due && sinceMillis == 0) {
      sinceMillis = nowMillis;
    }
    return due && nowMillis - sinceMillis >= STORE_MILLIS;
  }

  /** Whether something was counted that is not stored yet, however new. */
  boolean isAny() {
    return due;
  }

  /** Tables with changes since the last time, and those that had some before and have none now. */
  Map<TableId, Count> counts() {
    Map<TableId, Count> changed = new HashMap<>();
    counts.forEach(
        (table, count) -> {
          if (count.changes > 0 || count.wasBusy) {
            changed.put(table, count);
          }
        });
    return changed;
  }

  /** Time over which {@link #counts} were counted; a second if they came just now. */
  long millis(long nowMillis) {
    return sinceMillis == 0 ? STORE_MILLIS : Math.max(1, nowMillis - sinceMillis);
  }

  void stored(long nowMillis) {
    due = false;
    for (Count count : counts.values()) {
      count.wasBusy = count.changes > 0;
      due |= count.wasBusy;
      count.changes = 0;
    }
    sinceMillis = due ? nowMillis : 0;
  }
}
