package io.piplan.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Short commands which prepare a server. */
final class Commands {
  private static final int SECONDS = 120;

  private Commands() {}

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Runs a command to its end in an own folder and fails with its output unless it returns 0. */
  static void run(Path folder, String input, List<String> command) throws IOException {
    run(folder, input, command, SECONDS);
  }

  /** The same, for a command that may take longer. */
  static void run(Path folder, String input, List<String> command, int seconds) throws IOException {
    Path output = Files.createTempFile("pi-command", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It ended without reading; its exit code tells more than this.
      }
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command.get(0) + " still runs after " + seconds + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.format(
                "%s ended with %d:%n%s",
                command, process.exitValue(), Files.readString(output, StandardCharsets.UTF_8)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while running " + command.get(0), e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  /** Removes a folder of a server that could not be started. */
  static void discard(Path home) {
    try {
      CacheFolder.delete(home);
    } catch (IOException e) {
      // What failed before matters more than a rest in the temporary folder.
    }
  }
}
