package io.piplan.dts.job;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.DiffReport;
import io.piplan.embedded.EmbeddedFlink;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Flink with a small heap of its own, in a process of its own, that runs one diff as a job. */
final class DiffJobProcess {
  private long most;

  /**
   * What the process says of itself.
   *
   * @param idleMebiBytes heap in use when its Flink had started and nothing ran
   * @param mostMebiBytes the most that collections left in use while the diff ran
   */
  record Outcome(
      long rows, long different, double seconds, long idleMebiBytes, long mostMebiBytes) {
    private static final Pattern LINE =
        Pattern.compile(
            "outcome rows (\\d+), different (\\d+), seconds ([\\d.]+), idle (\\d+), most (\\d+)");

    static Outcome parse(String line) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new AssertionError("the process said: " + line);
      }
      return new Outcome(
          Long.parseLong(matcher.group(1)),
          Long.parseLong(matcher.group(2)),
          Double.parseDouble(matcher.group(3)),
          Long.parseLong(matcher.group(4)),
          Long.parseLong(matcher.group(5)));
    }
  }

  private DiffJobProcess() {}

  /**
   * Runs one.
   *
   * @param folder for what it writes
   */
  static Outcome run(int heapMebiBytes, Path folder, DiffRequest request) throws Exception {
    Path json = Files.writeString(folder.resolve("request.json"), request.toJson());
    Path output = folder.resolve("process.txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heapMebiBytes + "m");
    command.add("-XX:+UseG1GC");
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            DiffJobProcess.class.getName(),
            json.toString(),
            folder.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      int code = process.waitFor();
      List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
      if (code != 0) {
        throw new AssertionError("it ended with " + code + ":\n" + String.join("\n", lines));
      }
      return lines.stream()
          .filter(line -> line.startsWith("outcome "))
          .findFirst()
          .map(Outcome::parse)
          .orElseThrow(() -> new AssertionError("no outcome:\n" + String.join("\n", lines)));
    } finally {
      process.destroyForcibly();
    }
  }

  public static void main(String[] arguments) throws Exception {
    DiffRequest request = DiffRequest.of(Files.readString(Path.of(arguments[0])));
    new DiffJobProcess().compare(request, Path.of(arguments[1]));
    // Threads of the cluster may still be ending.
    Runtime.getRuntime().halt(0);
  }

  private void compare(DiffRequest request, Path state) {
    // Java allows as many bytes outside of the heap as in it.
    Map<String, String> small =
        Map.of("taskmanager.memory.network.min", "16m", "taskmanager.memory.network.max", "16m");
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, request.parallelism(), small)) {
      FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
      System.gc();
      long idle = left();
      DiffReport report =
          new FlinkDiff(SecretLookup.ofProcess())
              .run(request, runtime, status -> most = Math.max(most, left()));
      System.gc();
      most = Math.max(most, left());
      System.out.printf(
          Locale.ROOT,
          "outcome rows %d, different %d, seconds %.1f, idle %d, most %d%n",
          report.tables().get(0).rowsA(),
          report.differences(),
          report.millis() / 1e3,
          idle >> 20,
          most >> 20);
      System.out.flush();
    }
  }

  /** What the last collections left in use. */
  private static long left() {
    long left = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null) {
        left += pool.getCollectionUsage().getUsed();
      }
    }
    return left;
  }
}
