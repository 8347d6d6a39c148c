package io.piplan.cli;

import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.TableProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Shows how syncs get on. On a terminal it redraws a block: a head line per sync, and while it
 * copies a line per table. Elsewhere it writes a line per sync every few seconds, and one for each
 * table that gets done.
 *
 * <p>Not thread-safe: {@link #show}, {@link #note} and {@link #end} are for one thread.
 */
public final class ProgressDisplay {
  private static final int BAR = 20;

  private final Console console;
  private final long lineEveryMillis;
  private final Map<String, SyncRates> rates = new HashMap<>();
  private final Set<String> tablesDone = new HashSet<>();
  private List<String> drawn = List.of();
  private final long beginMillis;
  private long lineMillis = Long.MIN_VALUE;

  /**
   * @param beginMillis what the times before lines count from, epoch milliseconds
   */
  public ProgressDisplay(Console console, Duration lineEvery, long beginMillis) {
    this.console = console;
    this.lineEveryMillis = lineEvery.toMillis();
    this.beginMillis = beginMillis;
  }

  /** Shows the newest status of each sync. */
  public void show(List<SyncStatus> statuses) {
    if (statuses.isEmpty()) {
      return;
    }
    for (SyncStatus status : statuses) {
      rates.computeIfAbsent(status.name(), name -> new SyncRates()).add(status);
    }
    long now = statuses.get(0).atMillis();
    if (console.live()) {
      redraw(block(statuses));
    } else {
      writeLines(statuses, now);
    }
  }

  /** Writes a line that stays, above the block. */
  public void note(String line) {
    if (console.live() && !drawn.isEmpty()) {
      List<String> block = drawn;
      erase();
      console.out().println(line);
      drawn = List.of();
      redraw(block);
    } else {
      console.say(line);
    }
  }

  /** Leaves what is drawn where it is; the next block begins below. */
  public void end() {
    drawn = List.of();
    console.out().flush();
  }

  private void writeLines(List<SyncStatus> statuses, long now) {
    for (SyncStatus status : statuses) {
      for (TableProgress table : status.tables()) {
        if (table.done()
            && table.chunks() > 0
            && tablesDone.add(status.name() + "/" + table.table())) {
          console.say(
              time(now)
                  + status.name()
                  + " "
                  + table.table()
                  + " copied, "
                  + Figures.count(table.copiedRows())
                  + " rows");
        }
      }
    }
    if (now < lineMillis + lineEveryMillis && lineMillis != Long.MIN_VALUE) {
      return;
    }
    lineMillis = now;
    for (SyncStatus status : statuses) {
      console.say(time(now) + head(status));
    }
  }

  private String time(long now) {
    return "[" + Figures.clock(Duration.ofMillis(now - beginMillis)) + "] ";
  }

  private void redraw(List<String> lines) {
    erase();
    for (String line : lines) {
      console.out().println(cut(line));
    }
    console.out().flush();
    drawn = lines;
  }

  private void erase() {
    if (!drawn.isEmpty()) {
      console.out().print("\u001b[" + drawn.size() + "A\u001b[J");
    }
  }

  /** A line that wraps would break the redrawing. Escapes take no room, wide characters two. */
  private String cut(String line) {
    StringBuilder kept = new StringBuilder();
    int width = 0;
    int i = 0;
    while (i < line.length()) {
      int c = line.codePointAt(i);
      if (c == '\u001b') {
        int end = line.indexOf('m', i);
        kept.append(line, i, end + 1);
        i = end + 1;
        continue;
      }
      width += c >= 0x1100 && !(c >= 0x2000 && c < 0x2e80) ? 2 : 1;
      if (width >= console.columns()) {
        return kept + (console.colour() ? "\u001b[0m" : "");
      }
      kept.appendCodePoint(c);
      i += Character.charCount(c);
    }
    return kept.toString();
  }

  private List<String> block(List<SyncStatus> statuses) {
    List<String> lines = new ArrayList<>();
    for (SyncStatus status : statuses) {
      lines.add(head(status));
      if (status.copyOpen()) {
        int width = status.tables().stream().mapToInt(t -> t.table().length()).max().orElse(1);
        status.tables().forEach(table -> lines.add(tableLine(status, table, width)));
      }
      if (!status.failure().isEmpty() && !status.state().equals("RUNNING")) {
        lines.add("  " + console.bad(status.failure().lines().findFirst().orElse("")));
      }
    }
    return lines;
  }

  private String head(SyncStatus status) {
    SyncRates rate = rates.get(status.name());
    StringBuilder line = new StringBuilder(console.bold(status.name())).append("  ");
    line.append(state(status));
    if (status.copyOpen()) {
      line.append(String.format(Locale.ROOT, "  copy %.1f %%", status.percent()))
          .append(", ")
          .append(Figures.count(Math.round(rate.copiedPerSecond())))
          .append(" rows/s")
          .append(rate.left().map(left -> ", ETA " + Figures.clock(left)).orElse(""));
    }
    line.append("  lag ").append(Figures.lag(status.lagMillis()));
    if (status.heartbeatLagMillis() >= 0) {
      line.append(" (heartbeat ").append(Figures.lag(status.heartbeatLagMillis())).append(')');
    }
    line.append(", ")
        .append(Figures.count(Math.round(rate.changesPerSecond())))
        .append(" events/s");
    line.append(", ").append(Figures.count(status.changesApplied())).append(" in all");
    if (status.copyOpen() && status.limits().rowsPerSecond() > 0) {
      line.append(", limit ")
          .append(Figures.count(status.limits().rowsPerSecond()))
          .append(" rows/s");
    }
    if (!status.resting().isEmpty()) {
      line.append(", ").append(console.notable("copy rests: " + status.resting()));
    }
    if (status.deadLetters() > 0) {
      line.append(", ")
          .append(console.bad(Figures.count(status.deadLetters()) + " rows put aside"));
    }
    if (status.held().conflicts() > 0) {
      line.append(", ")
          .append(console.bad(Figures.count(status.held().conflicts()) + " open conflicts"));
    }
    return line.toString();
  }

  private String state(SyncStatus status) {
    if (status.paused()) {
      return console.notable("PAUSED");
    }
    return status.state().equals("RUNNING")
        ? console.good("RUNNING")
        : console.notable(status.state());
  }

  private String tableLine(SyncStatus status, TableProgress table, int width) {
    String name = String.format(Locale.ROOT, "  %-" + width + "s  ", table.table());
    if (table.done()) {
      return name + console.good("done") + "  " + Figures.count(table.copiedRows()) + " rows";
    }
    SyncRates rate = rates.get(status.name());
    Optional<Duration> left = rate.left(table);
    return name
        + bar(table.percent())
        + String.format(Locale.ROOT, " %5.1f %%  ", table.percent())
        + Figures.count(table.copiedRows())
        + " of "
        + Figures.count(table.estimatedRows())
        + ", "
        + Figures.count(Math.round(rate.copiedPerSecond(table.table())))
        + " rows/s"
        + left.map(time -> ", ETA " + Figures.clock(time)).orElse("");
  }

  private static String bar(double percent) {
    int full = (int) Math.floor(percent * BAR / 100);
    return "█".repeat(full) + "░".repeat(BAR - full);
  }
}
