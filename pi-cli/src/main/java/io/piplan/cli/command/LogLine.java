package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.dts.job.RowLog;
import java.util.function.Consumer;

/**
 * How far the reading of a binlog is: one line that is redrawn on a terminal, else now and then.
 */
final class LogLine implements Consumer<RowLog.Progress>, AutoCloseable {
  private static final long REDRAW_MILLIS = 100;
  private static final long LINE_MILLIS = 5_000;

  private final Console console;
  private long shownMillis = System.currentTimeMillis();
  private boolean drawn;

  LogLine(Console console) {
    this.console = console;
  }

  @Override
  public void accept(RowLog.Progress progress) {
    long now = System.currentTimeMillis();
    if (now - shownMillis < (console.live() ? REDRAW_MILLIS : LINE_MILLIS)) {
      return;
    }
    shownMillis = now;
    String line =
        "looking through the binlog: "
            + Figures.size(progress.bytes())
            + " of "
            + Figures.size(progress.ofBytes());
    if (console.live()) {
      drawn = true;
      console.err().print("\r\u001b[K" + line);
      console.err().flush();
    } else {
      console.complain(line);
    }
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
