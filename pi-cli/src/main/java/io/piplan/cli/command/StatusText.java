package io.piplan.cli.command;

import io.piplan.cli.Figures;
import io.piplan.cli.ProgressDisplay;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.TableProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A sync's status in words. */
final class StatusText {
  private StatusText() {}

  static String line(SyncStatus status) {
    return String.format(
        Locale.ROOT,
        "%-24s %-10s copy %5.1f %%  lag %8s  %s changes%s",
        status.name(),
        status.paused() ? "PAUSED" : status.state(),
        ProgressDisplay.percent(status),
        Figures.delay(status.lagMillis()),
        Figures.count(status.changesApplied()),
        status.deadLetters() == 0
            ? ""
            : ", " + Figures.count(status.deadLetters()) + " rows put aside");
  }

  static List<String> lines(SyncStatus status) {
    List<String> lines = new ArrayList<>();
    lines.add("sync        " + status.name());
    lines.add("state       " + status.state() + (status.paused() ? " (paused)" : ""));
    lines.add("position    " + (status.position().isEmpty() ? "none yet" : status.position()));
    lines.add("lag         " + Figures.delay(status.lagMillis()));
    lines.add("changes     " + Figures.count(status.changesApplied()));
    lines.add("put aside   " + Figures.count(status.deadLetters()) + " rows");
    lines.add(
        "copy limit  "
            + (status.copyRowsPerSecond() == 0
                ? "none"
                : Figures.count(status.copyRowsPerSecond()) + " rows/s"));
    for (TableProgress table : status.tables()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-40s %5.1f %%  %s of %s rows",
              table.table(),
              table.percent(),
              Figures.count(table.copiedRows()),
              Figures.count(Math.max(table.estimatedRows(), table.copiedRows()))));
    }
    if (!status.failure().isEmpty()) {
      lines.add("last failure: " + status.failure());
    }
    return lines;
  }
}
