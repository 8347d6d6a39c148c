package io.piplan.cli;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a counter grew in the last few seconds. Counters may be read at any interval. */
public final class RateWindow {
  private record Reading(long millis, long value) {}

  private final long windowMillis;
  private final Deque<Reading> readings = new ArrayDeque<>();

  public RateWindow(long windowMillis) {
    this.windowMillis = windowMillis;
  }

  public void add(long millis, long value) {
    Reading last = readings.peekLast();
    if (last != null && (value < last.value() || millis < last.millis())) {
      // A restart may take back what was counted before it was committed.
      readings.clear();
    }
    readings.addLast(new Reading(millis, value));
    while (readings.size() > 2 && readings.peekFirst().millis() < millis - windowMillis) {
      readings.removeFirst();
    }
  }

  /** Per second; 0 until there are two readings. */
  public double perSecond() {
    if (readings.size() < 2) {
      return 0;
    }
    Reading first = readings.peekFirst();
    Reading last = readings.peekLast();
    long millis = last.millis() - first.millis();
    return millis <= 0 ? 0 : 1000.0 * (last.value() - first.value()) / millis;
  }
}
