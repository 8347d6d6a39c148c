package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.cli.RateWindow;
import io.piplan.dts.job.ResyncStatus;
import java.time.Duration;
import java.util.Locale;

/** How far a resync is: one line that is redrawn on a terminal, else a line every few seconds. */
final class ResyncLine implements AutoCloseable {
  private static final long LINE_MILLIS = 5_000;
  private static final long RATE_MILLIS = 10_000;

  private final Console console;
  private final RateWindow rate = new RateWindow(RATE_MILLIS);
  private long shownMillis;
  private boolean drawn;

  ResyncLine(Console console) {
    this.console = console;
    this.shownMillis = System.currentTimeMillis();
  }

  void show(ResyncStatus status) {
    rate.add(status.atMillis(), status.checkedRows());
    if (console.live()) {
      drawn = true;
      console.err().print("\r\u001b[K" + text(status, rate.perSecond()));
      console.err().flush();
    } else if (status.atMillis() - shownMillis >= LINE_MILLIS) {
      shownMillis = status.atMillis();
      console.complain(text(status, rate.perSecond()));
    }
  }

  static String text(ResyncStatus status, double perSecond) {
    StringBuilder line = new StringBuilder();
    line.append("resync ").append(status.id()).append(" of ").append(status.table()).append(": ");
    line.append(status.state().toLowerCase(Locale.ROOT));
    if (status.state().equals("RUNNING")) {
      line.append(", ").append(phase(status.phase()));
      line.append(String.format(Locale.ROOT, ", %.1f %%", status.percent()));
    }
    line.append(", ").append(Figures.count(status.checkedRows()));
    if (status.state().equals("RUNNING")) {
      line.append(" of about ").append(Figures.count(status.estimatedRows()));
    }
    line.append(" rows looked at");
    if (perSecond >= 1 && status.isOpen()) {
      long left = Math.max(0, status.estimatedRows() - status.checkedRows());
      line.append(", ").append(Figures.count(Math.round(perSecond))).append(" rows/s, ETA ");
      line.append(Figures.clock(Duration.ofSeconds((long) Math.ceil(left / perSecond))));
    }
    line.append(", ").append(Figures.count(status.mendedRows())).append(" written");
    line.append(", ").append(Figures.count(status.removedRows())).append(" deleted");
    if (status.refusedRows() > 0) {
      line.append(", ").append(Figures.count(status.refusedRows())).append(" refused");
    }
    return line.toString();
  }

  private static String phase(String phase) {
    return switch (phase) {
      case "EXTRA" -> "rows of the target";
      case "ROWS" -> "rows of the source";
      default -> "rows by key";
    };
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
