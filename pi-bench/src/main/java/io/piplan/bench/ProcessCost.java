package io.piplan.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a process has cost so far: seconds of processor time, and how often its threads waited or
 * were put off a processor.
 */
record ProcessCost(double user, double system, double waits, double putOff) {
  static final ProcessCost NONE = new ProcessCost(0, 0, 0, 0);
  private static final double TICKS = 100;
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  static ProcessCost of(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try {
      String line = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      // The name in parentheses may hold blanks.
      List<String> fields =
          BLANKS.splitAsStream(line.substring(line.lastIndexOf(')') + 2).strip()).toList();
      double waits = 0;
      double putOff = 0;
      try (Stream<Path> threads = Files.list(process.resolve("task"))) {
        for (Path thread : threads.toList()) {
          waits += count(thread, "voluntary_ctxt_switches:");
          putOff += count(thread, "nonvoluntary_ctxt_switches:");
        }
      }
      return new ProcessCost(
          Long.parseLong(fields.get(11)) / TICKS,
          Long.parseLong(fields.get(12)) / TICKS,
          waits,
          putOff);
    } catch (IOException e) {
      throw new BenchException("cannot read what process " + pid + " has used", e);
    }
  }

  /** 0 for a thread that has ended. */
  private static long count(Path thread, String name) {
    try (Stream<String> lines = Files.lines(thread.resolve("status"))) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.substring(name.length()).strip()))
          .sum();
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0;
    }
  }

  ProcessCost plus(ProcessCost other) {
    return new ProcessCost(
        user + other.user, system + other.system, waits + other.waits, putOff + other.putOff);
  }

  ProcessCost since(ProcessCost before) {
    return new ProcessCost(
        user - before.user, system - before.system, waits - before.waits, putOff - before.putOff);
  }

  /** Of processors. */
  double seconds() {
    return user + system;
  }

  /** For one of so many transactions. */
  String each(double transactions) {
    return String.format(
        Locale.ROOT,
        "%.0f µs of a processor (%.0f user, %.0f kernel), %.1f waits, put off %.1f times",
        (user + system) * 1e6 / transactions,
        user * 1e6 / transactions,
        system * 1e6 / transactions,
        waits / transactions,
        putOff / transactions);
  }
}
