package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.dts.verify.DiffProgress;

/** One line on a terminal that says how far a diff is; nothing elsewhere. */
final class DiffLine implements DiffProgress, AutoCloseable {
  private static final long EVERY_NANOS = 100_000_000;

  private final Console console;
  private long shownNanos = System.nanoTime();
  private boolean drawn;

  DiffLine(Console console) {
    this.console = console;
  }

  @Override
  public void at(String table, long done, long estimated) {
    long now = System.nanoTime();
    if (!console.live() || now - shownNanos < EVERY_NANOS) {
      return;
    }
    shownNanos = now;
    drawn = true;
    String rows = Figures.count(done) + " of about " + Figures.count(Math.max(done, estimated));
    console.err().print("\r\u001b[Kcomparing " + table + ": " + rows + " rows");
    console.err().flush();
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
