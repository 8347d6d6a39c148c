package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Scripts of the repository, run as a person runs them, on what this build has made. */
final class PiScript {
  static final Path PI = Path.of("..", "bin", "pi");
  static final Path STANDALONE = Path.of("..", "deploy", "flink", "standalone.sh");
  private static final long MOST_SECONDS = 180;

  private final Path script;
  private final Map<String, String> environment = new HashMap<>();

  PiScript(Path script) {
    this.script = script.toAbsolutePath().normalize();
    environment.put("PI_BUILD", "no");
  }

  PiScript with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Map<String, String> environment() {
    return Map.copyOf(environment);
  }

  /**
   * What came out of it.
   *
   * @param out standard output
   * @param err standard error
   */
  record Result(int code, String out, String err) {
    /** Its standard output, if it ended with that code. */
    String expect(int expected) {
      assertThat(code).as("out:%n%s%nerr:%n%s", out, err).isEqualTo(expected);
      return out;
    }

    /** All it wrote, if it ended with that code. */
    String expectSaying(int expected, String... words) {
      expect(expected);
      assertThat(out + err).contains(words).doesNotContain("\tat ");
      return out + err;
    }
  }

  Result run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("pi-script", ".out");
    Path err = Files.createTempFile("pi-script", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            command + " does not end: " + Files.readString(out) + Files.readString(err));
      }
      return new Result(
          process.exitValue(),
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(err, StandardCharsets.UTF_8));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
