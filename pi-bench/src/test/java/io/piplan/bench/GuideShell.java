package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Where a reader of the guides sits: a folder with the project's files, and a shell. */
final class GuideShell {
  private static final long MOST_SECONDS = 300;

  private final Path folder;
  private final Map<String, String> environment = new LinkedHashMap<>();

  /**
   * @param folder where the project's folders are linked to, and what guides have people write goes
   */
  GuideShell(Path folder) throws IOException {
    this.folder = folder;
    for (String part : List.of("bin", "sql", "deploy")) {
      Files.createSymbolicLink(
          folder.resolve(part), Path.of("..", part).toAbsolutePath().normalize());
    }
  }

  /** What the guides' variables of a server are here. */
  void server(String name, EmbeddedDatabase server, String password) {
    export("PI_" + name + "_HOST", server.host());
    export("PI_" + name + "_PORT", String.valueOf(server.port()));
    export("PI_" + name + "_PASSWORD", password);
  }

  void export(String name, String value) {
    environment.put(name, value);
  }

  /**
   * Does all that a guide says; fails if a command does.
   *
   * @return what was printed
   */
  String follow(String guide) throws IOException, InterruptedException {
    StringBuilder exports = new StringBuilder();
    environment.forEach(
        (name, value) ->
            exports.append("export ").append(name).append("='").append(value).append("'\n"));
    String text =
        Guide.read(guide).script(exports.toString()).replace("8099", String.valueOf(freePort()));
    Path script = Files.writeString(folder.resolve(guide + ".bash"), text);
    Path output = folder.resolve(guide + ".txt");
    ProcessBuilder shell =
        new ProcessBuilder("bash", script.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile());
    shell.environment().put("PI_BUILD", "no");
    shell.environment().put("PI_JAVA_OPTS", "-Duser.home=" + folder);
    Process process = shell.start();
    boolean ended = process.waitFor(MOST_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String said = Files.readString(output);
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
