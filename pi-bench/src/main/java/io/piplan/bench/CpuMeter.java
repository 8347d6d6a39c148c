package io.piplan.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Who used the processors between two moments, in CPU seconds: each server, this JVM, the programs
 * it started and waited for, and everybody else on the machine. On a shared machine this says more
 * than wall time does.
 */
final class CpuMeter {
  /** What everybody but the known processes used. */
  static final String OTHERS = "others";

  static final String PROGRAMS = "programs";
  static final String JVM = "jvm";

  private static final double TICKS = 100;
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private final Map<String, Long> servers;

  /**
   * @param servers process ids by name; their children count too
   */
  CpuMeter(Map<String, Long> servers) {
    this.servers = new LinkedHashMap<>(servers);
  }

  /** CPU seconds so far, by name. */
  Map<String, Double> read() {
    Map<String, Double> used = new LinkedHashMap<>();
    servers.forEach((name, pid) -> used.put(name, tree(pid)));
    List<Long> self = times(Path.of("/proc/self/stat"));
    used.put(JVM, (self.get(0) + self.get(1)) / TICKS);
    used.put(PROGRAMS, (self.get(2) + self.get(3)) / TICKS);
    double known = used.values().stream().mapToDouble(Double::doubleValue).sum();
    used.put(OTHERS, machine() - known);
    return used;
  }

  static Map<String, Double> between(Map<String, Double> before, Map<String, Double> after) {
    Map<String, Double> used = new LinkedHashMap<>();
    after.forEach((name, seconds) -> used.put(name, Math.max(0, seconds - before.get(name))));
    return used;
  }

  /**
   * A process with its children. The time of one that ends moves to its parent: if that happens
   * while they are read, it would count twice or not at all, so they are read again.
   */
  private static double tree(long pid) {
    List<Long> before = times(stat(pid));
    while (true) {
      long ticks = before.stream().mapToLong(Long::longValue).sum();
      List<ProcessHandle> children =
          ProcessHandle.of(pid).map(p -> p.descendants().toList()).orElse(List.of());
      for (ProcessHandle child : children) {
        List<Long> own = times(stat(child.pid()));
        ticks += own.get(0) + own.get(1);
      }
      List<Long> after = times(stat(pid));
      if (after.subList(2, 4).equals(before.subList(2, 4))) {
        return ticks / TICKS;
      }
      before = after;
    }
  }

  private static Path stat(long pid) {
    return Path.of("/proc", Long.toString(pid), "stat");
  }

  /** User and system time of a process, then of its children that ended; zeros if it is gone. */
  private static List<Long> times(Path stat) {
    String line;
    try {
      line = Files.readString(stat, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of(0L, 0L, 0L, 0L);
    }
    // The name in parentheses may hold blanks.
    List<String> fields = fields(line.substring(line.lastIndexOf(')') + 2));
    List<Long> times = new ArrayList<>();
    for (String field : fields.subList(11, 15)) {
      times.add(Long.parseLong(field));
    }
    return times;
  }

  private static double machine() {
    try (var lines = Files.lines(Path.of("/proc/stat"), StandardCharsets.ISO_8859_1)) {
      List<String> fields = fields(lines.findFirst().orElseThrow());
      long busy = 0;
      for (int i = 1; i < Math.min(9, fields.size()); i++) {
        boolean idle = i == 4 || i == 5;
        busy += idle ? 0 : Long.parseLong(fields.get(i));
      }
      return busy / TICKS;
    } catch (IOException e) {
      throw new BenchException("cannot read /proc/stat", e);
    }
  }

  private static List<String> fields(String line) {
    return BLANKS.splitAsStream(line.strip()).toList();
  }
}
