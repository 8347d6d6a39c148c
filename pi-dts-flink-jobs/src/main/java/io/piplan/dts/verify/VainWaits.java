package io.piplan.dts.verify;

import io.piplan.dts.Lsn;
import java.util.HashMap;
import java.util.Map;

/**
 * Syncs that were waited for and did not come as far as they should: the parts that come later do
 * not wait for them again, until they have. Used by one thread.
 */
final class VainWaits {
  private final Map<String, Lsn> ends = new HashMap<>();
  private int count;

  /**
   * @param end which the sync has not reached
   */
  void add(String sync, Lsn end) {
    ends.put(sync, end);
    count++;
  }

  /** Whether the sync is still not where it was expected. */
  boolean holds(String sync, Lsn applied) {
    Lsn end = ends.get(sync);
    if (end != null && end.isAtOrBefore(applied)) {
      ends.remove(sync);
      return false;
    }
    return end != null;
  }

  /** How often there was one. */
  int count() {
    return count;
  }
}
