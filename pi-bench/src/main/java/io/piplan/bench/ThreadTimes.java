package io.piplan.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Processor time of this JVM's threads as the kernel counts it, also of the compiler and the
 * garbage collector, which no Java interface shows. Names are cut to 15 characters by the kernel.
 * Threads that end in between are missing.
 */
final class ThreadTimes {
  private static final double TICKS = 100;
  private static final Pattern BLANKS = Pattern.compile(" ");

  private final Map<Long, Used> byThread = new TreeMap<>();

  /** Seconds in user mode and in the kernel. */
  record Used(String name, double user, double system) {
    double both() {
      return user + system;
    }

    Used plus(Used other) {
      return new Used(name, user + other.user, system + other.system);
    }
  }

  private ThreadTimes() {}

  static ThreadTimes read() {
    ThreadTimes times = new ThreadTimes();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        times.add(thread);
      }
    } catch (IOException e) {
      throw new BenchException("cannot list /proc/self/task", e);
    }
    return times;
  }

  private void add(Path thread) {
    String line;
    try {
      line = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return; // It has just ended.
    }
    int nameEnd = line.lastIndexOf(')');
    String name = line.substring(line.indexOf('(') + 1, nameEnd);
    List<String> fields = BLANKS.splitAsStream(line.substring(nameEnd + 2)).toList();
    byThread.put(
        Long.parseLong(thread.getFileName().toString()),
        new Used(
            name.replaceAll("[0-9]+", "N").strip(),
            Long.parseLong(fields.get(11)) / TICKS,
            Long.parseLong(fields.get(12)) / TICKS));
  }

  /** What threads of each name used since an earlier reading, most first. */
  List<Used> since(ThreadTimes earlier) {
    Map<String, Used> byName = new TreeMap<>();
    byThread.forEach(
        (id, now) -> {
          Used then = earlier.byThread.getOrDefault(id, new Used(now.name(), 0, 0));
          Used used = new Used(now.name(), now.user() - then.user(), now.system() - then.system());
          byName.merge(now.name(), used, Used::plus);
        });
    return byName.values().stream().sorted((a, b) -> Double.compare(b.both(), a.both())).toList();
  }
}
