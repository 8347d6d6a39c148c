package io.piplan.cli;

import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.TableProgress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Rates of one sync, out of the statuses it was shown one after another. */
final class SyncRates {
  /** Chunks are counted when they are done, so a short window would jump. */
  private static final long COPY_WINDOW_MILLIS = 10_000;

  private static final long CHANGE_WINDOW_MILLIS = 5_000;

  private final RateWindow changes = new RateWindow(CHANGE_WINDOW_MILLIS);
  private final RateWindow copied = new RateWindow(COPY_WINDOW_MILLIS);
  private final Map<String, RateWindow> tables = new HashMap<>();
  private SyncStatus last;

  void add(SyncStatus status) {
    changes.add(status.atMillis(), status.changesApplied());
    copied.add(status.atMillis(), copiedRows(status));
    for (TableProgress table : status.tables()) {
      tables
          .computeIfAbsent(table.table(), name -> new RateWindow(COPY_WINDOW_MILLIS))
          .add(status.atMillis(), table.copiedRows());
    }
    last = status;
  }

  double changesPerSecond() {
    return changes.perSecond();
  }

  double copiedPerSecond() {
    return copied.perSecond();
  }

  double copiedPerSecond(String table) {
    RateWindow rate = tables.get(table);
    return rate == null ? 0 : rate.perSecond();
  }

  /** Time until the whole copy is done at the present rate; empty if nothing moves. */
  Optional<Duration> left() {
    long rows = 0;
    for (TableProgress table : last.tables()) {
      rows += table.done() ? 0 : Math.max(0, table.estimatedRows() - table.copiedRows());
    }
    return eta(rows, copiedPerSecond());
  }

  Optional<Duration> left(TableProgress table) {
    return eta(table.estimatedRows() - table.copiedRows(), copiedPerSecond(table.table()));
  }

  private static Optional<Duration> eta(long rows, double perSecond) {
    return rows <= 0 || perSecond < 0.5
        ? Optional.empty()
        : Optional.of(Duration.ofSeconds((long) Math.ceil(rows / perSecond)));
  }

  static long copiedRows(SyncStatus status) {
    return status.tables().stream().mapToLong(TableProgress::copiedRows).sum();
  }
}
