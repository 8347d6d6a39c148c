package io.piplan.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One of the hidden commands of {@link BenchMain} in a Java of its own with a small heap. */
final class SmallHeapProcess {
  private static final int SHOWN = 20;

  private SmallHeapProcess() {}

  /**
   * Runs it to its end.
   *
   * @param output file for what it says
   * @return the last line that it has said
   */
  static String run(int heapMebiBytes, Path output, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heapMebiBytes + "m");
    command.add("-XX:+UseG1GC");
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens"))
        .forEach(command::add);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), BenchMain.class.getName()));
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      int code = process.waitFor();
      List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
      if (code != 0 || lines.isEmpty()) {
        throw new BenchException(
            "the process with the small heap ended with "
                + code
                + ":\n"
                + String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - SHOWN), lines.size())));
      }
      return lines.get(lines.size() - 1);
    } catch (IOException e) {
      throw new BenchException("cannot run a process with a small heap", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }
}
