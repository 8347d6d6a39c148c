package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.cli.RateWindow;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffStatus;
import java.time.Duration;
import java.util.Locale;

/**
 * How far a diff is: on a terminal one line that is redrawn; elsewhere a line to where errors go,
 * every few seconds.
 */
final class DiffLine implements DiffProgress, AutoCloseable {
  private static final long REDRAW_MILLIS = 100;
  private static final long LINE_MILLIS = 5_000;
  private static final long RATE_MILLIS = 10_000;

  private final Console console;
  private final RateWindow rate = new RateWindow(RATE_MILLIS);
  private long shownMillis = System.currentTimeMillis();
  private boolean drawn;

  DiffLine(Console console) {
    this.console = console;
    rate.add(shownMillis, 0);
  }

  @Override
  public void at(DiffStatus status) {
    long now = System.currentTimeMillis();
    if (now - shownMillis < (console.live() ? REDRAW_MILLIS : LINE_MILLIS)) {
      return;
    }
    shownMillis = now;
    rate.add(now, status.rows());
    if (console.live()) {
      drawn = true;
      console.err().print("\r\u001b[K" + line(status));
      console.err().flush();
    } else {
      console.complain(line(status));
    }
  }

  private String line(DiffStatus status) {
    double perSecond = rate.perSecond();
    long left = status.estimatedRows() - status.rows();
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "%.1f %%, ", Math.min(99.9, status.percent())));
    line.append("comparing ").append(status.table()).append(": ");
    line.append(Figures.count(status.rows())).append(" of about ");
    line.append(Figures.count(status.estimatedRows())).append(" rows, ");
    line.append(Figures.count(Math.round(perSecond))).append(" rows/s");
    if (left > 0 && perSecond >= 1) {
      Duration rest = Duration.ofSeconds((long) Math.ceil(left / perSecond));
      line.append(", ETA ").append(Figures.clock(rest));
    }
    if (status.differences() > 0) {
      line.append(", ").append(Figures.count(status.differences())).append(" differ");
    }
    return line.toString();
  }

  @Override
  public void close() {
    if (drawn) {
      console.err().print("\r\u001b[K");
      console.err().flush();
      drawn = false;
    }
  }
}
