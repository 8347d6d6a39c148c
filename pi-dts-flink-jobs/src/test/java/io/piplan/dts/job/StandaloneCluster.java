package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A Flink of several processes, as {@code deploy/flink/standalone.sh} starts it. */
final class StandaloneCluster implements AutoCloseable {
  private static final Path SCRIPT = Path.of("..", "deploy", "flink", "standalone.sh");

  private final Path directory;

  private StandaloneCluster(Path directory) {
    this.directory = directory;
  }

  /**
   * Starts it, quick to notice that a part is gone.
   *
   * @param settings as for the script, e.g. {@code --task-managers}, {@code 2}
   */
  static StandaloneCluster start(Path directory, String... settings) throws Exception {
    StandaloneCluster cluster = new StandaloneCluster(directory);
    List<String> arguments = new ArrayList<>(List.of(settings));
    arguments.addAll(List.of("--port", String.valueOf(freePort())));
    arguments.addAll(
        List.of("--set", "heartbeat.interval=1000", "--set", "heartbeat.timeout=6000"));
    cluster.script("start", arguments.toArray(String[]::new));
    return cluster;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  String url() throws IOException {
    return "http://127.0.0.1:" + read("rest.port");
  }

  /** What {@code kill -9} does to a part: {@code jobmanager} or {@code taskmanager-1}. */
  void kill9(String part) throws IOException {
    ProcessHandle process = ProcessHandle.of(Long.parseLong(read(part + ".pid"))).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Starts the parts that have died. */
  void startAgain() throws Exception {
    script("start");
  }

  private String read(String file) throws IOException {
    return Files.readString(directory.resolve(file), StandardCharsets.UTF_8).trim();
  }

  private void script(String action, String... settings) throws Exception {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString(), action));
    command.addAll(List.of("--dir", directory.toString()));
    command.addAll(List.of(settings));
    Path output = Files.createTempFile("standalone", ".txt");
    try {
      int code =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start()
              .waitFor();
      assertThat(code).as(Files.readString(output, StandardCharsets.UTF_8)).isZero();
    } finally {
      Files.delete(output);
    }
  }

  /** The jar that this build has made. */
  static Path jobJar() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("-job.jar"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no job jar in target: build it with mvn package"));
    }
  }

  @Override
  public void close() throws Exception {
    script("stop");
  }
}
