package io.piplan.cli.command;

import io.piplan.cli.Figures;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.ddl.FollowedStatement;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.TableProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A sync's status in words. */
final class StatusText {
  private static final int SHOWN_CHANGES = 5;
  private static final int LONGEST = 160;

  private StatusText() {}

  static String line(SyncStatus status) {
    String name = String.format(Locale.ROOT, "%-24s ", status.name());
    if (status.state().equals("UNKNOWN") && !status.failure().isEmpty()) {
      return name + "UNKNOWN    " + status.failure().lines().findFirst().orElse("");
    }
    return String.format(
        Locale.ROOT,
        "%s%-10s copy %7s  lag %8s  %s changes, %s/s%s%s",
        name,
        status.paused() ? "PAUSED" : status.state(),
        status.tables().isEmpty() ? "-" : String.format(Locale.ROOT, "%.1f %%", status.percent()),
        Figures.lag(status.lagMillis()),
        Figures.count(status.changesApplied()),
        Figures.count(status.changesPerSecond()),
        status.deadLetters() == 0
            ? ""
            : ", " + Figures.count(status.deadLetters()) + " rows put aside",
        status.held().conflicts() == 0
            ? ""
            : ", " + Figures.count(status.held().conflicts()) + " open conflicts");
  }

  static List<String> lines(SyncStatus status) {
    List<String> lines = new ArrayList<>();
    lines.add("sync        " + status.name());
    lines.add("state       " + status.state() + (status.paused() ? " (paused)" : ""));
    lines.add("position    " + (status.position().isEmpty() ? "none yet" : status.position()));
    lines.add(
        "lag         "
            + Figures.lag(status.lagMillis())
            + (status.heartbeatLagMillis() < 0
                ? ""
                : ", by heartbeat " + Figures.lag(status.heartbeatLagMillis())));
    lines.add(
        "changes     "
            + Figures.count(status.changesApplied())
            + ", "
            + Figures.count(status.changesPerSecond())
            + "/s");
    lines.add(
        "conflicts   "
            + Figures.count(status.held().conflicts())
            + " open; "
            + Figures.count(status.held().lockedRows())
            + " rows locked, "
            + Figures.count(status.held().asideChanges())
            + " changes kept aside for them");
    if (status.copyOpen()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "copy        %.1f %%, %s rows/s%s",
              status.percent(),
              Figures.count(status.copiedPerSecond()),
              eta(status.etaSeconds())));
    }
    if (!status.resting().isEmpty()) {
      lines.add("copy rests  " + status.resting());
    }
    lines.add("copy limit  " + limits(status.limits()));
    lines.add("put aside   " + Figures.count(status.deadLetters()) + " rows");
    status.tables().forEach(table -> lines.add(line(status, table)));
    changes(status, lines);
    if (!status.failure().isEmpty()) {
      lines.add("last failure: " + status.failure());
    }
    return lines;
  }

  /** The latest schema changes; all that are kept are in the JSON. */
  private static void changes(SyncStatus status, List<String> lines) {
    if (!status.schemaChanges().isEmpty()) {
      lines.add("schema changes, the newest first:");
    }
    for (FollowedStatement change : status.schemaChanges().subList(0, shown(status))) {
      boolean open = change.doneMillis() == 0;
      long since = open ? change.begunMillis() : change.doneMillis();
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-6s %s ago, at %s: %s%s",
              change.state(),
              Figures.delay(Math.max(0, status.atMillis() - since)),
              change.position(),
              shortened(change.statement()),
              change.note().isEmpty() ? "" : " (" + shortened(change.note()) + ")"));
    }
    if (status.schemaChanges().size() > SHOWN_CHANGES) {
      lines.add("  more with --json");
    }
  }

  private static int shown(SyncStatus status) {
    return Math.min(SHOWN_CHANGES, status.schemaChanges().size());
  }

  private static String shortened(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST - 2) + " …";
  }

  private static String line(SyncStatus status, TableProgress table) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-40s ", table.table()));
    if (table.done()) {
      line.append("copied  ").append(Figures.count(table.copiedRows())).append(" rows");
    } else {
      line.append(
          String.format(
              Locale.ROOT,
              "%5.1f %%  %s of %s rows, %s rows/s%s",
              table.percent(),
              Figures.count(table.copiedRows()),
              Figures.count(Math.max(table.estimatedRows(), table.copiedRows())),
              Figures.count(table.copiedPerSecond()),
              eta(table.etaSeconds())));
    }
    if (table.changes() > 0) {
      line.append("; ")
          .append(Figures.count(table.changes()))
          .append(" changes, ")
          .append(Figures.count(table.changesPerSecond()))
          .append("/s, the last ")
          .append(Figures.delay(status.atMillis() - table.lastChangeMillis()))
          .append(" ago");
    }
    return line.toString();
  }

  private static String eta(long seconds) {
    return seconds < 0 ? "" : ", ETA " + Figures.clock(Duration.ofSeconds(seconds));
  }

  /** What holds the copy back. */
  static String limits(CopyLimits limits) {
    List<String> all = new ArrayList<>();
    if (limits.rowsPerSecond() > 0) {
      all.add(Figures.count(limits.rowsPerSecond()) + " rows/s");
    }
    if (limits.bytesPerSecond() > 0) {
      all.add(Figures.size(limits.bytesPerSecond()) + "/s");
    }
    if (limits.targetThreads() > 0) {
      all.add(Figures.count(limits.targetThreads()) + " statements on the target");
    }
    if (!limits.replicaLag().isZero()) {
      all.add(
          Figures.delay(limits.replicaLag().toMillis())
              + " behind for "
              + String.join(", ", limits.replicas()));
    }
    limits.openTimes().ifPresent(window -> all.add("only " + window));
    return all.isEmpty() ? "none" : String.join("; ", all);
  }
}
