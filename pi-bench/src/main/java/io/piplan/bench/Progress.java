package io.piplan.bench;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Tells on standard error what is under way; a measurement takes minutes. */
final class Progress {
  private final PrintWriter out;
  private final long begin = System.nanoTime();

  Progress(PrintWriter out) {
    this.out = out;
  }

  void say(String what) {
    Duration since = Duration.ofNanos(System.nanoTime() - begin);
    out.printf(Locale.ROOT, "[%2d:%02d] %s%n", since.toMinutes(), since.toSecondsPart(), what);
    out.flush();
  }
}
