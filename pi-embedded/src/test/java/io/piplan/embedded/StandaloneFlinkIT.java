package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/flink/standalone.sh} from start to stop; slow, as it starts five JVMs. */
@Tag("chaos")
class StandaloneFlinkIT {
  private static final Path SCRIPT = Path.of("..", "deploy", "flink", "standalone.sh");

  @TempDir Path temp;

  @Test
  void twoClustersRunBesideEachOtherAndTakeAJob() throws Exception {
    Path first = temp.resolve("first cluster");
    Path second = temp.resolve("second");
    try {
      assertThat(
              run(
                  0,
                  "start",
                  "--dir",
                  first,
                  "--port",
                  freePort(),
                  "--task-managers",
                  2,
                  "--slots",
                  3))
          .contains("2 task manager(s), 6 of 6 slots free");
      assertThat(
              run(
                  0,
                  "start",
                  "--dir",
                  second,
                  "--port",
                  freePort(),
                  "--slots",
                  2,
                  "--set",
                  "rest.flamegraph.enabled=true"))
          .contains("1 task manager(s), 2 of 2 slots free");

      String job =
          run(0, "submit", "--dir", second, "--jar", endlessJobJar(), "--", "a \"b\"").trim();

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> assertThat(ask(second, "/jobs/" + job)).contains("\"state\":\"RUNNING\""));
      assertThat(ask(second, "/jobs/" + job)).contains("job with a \\\"b\\\"");
      run(0, "stop", "--dir", second);
      run(3, "status", "--dir", second);
      assertThat(run(0, "status", "--dir", first)).contains("6 of 6 slots free");
    } finally {
      run(0, "stop", "--dir", first);
      run(0, "stop", "--dir", second);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Path endlessJobJar() throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, EndlessJob.class.getName());
    Path jar = temp.resolve("endless.jar");
    String entry = EndlessJob.class.getName().replace('.', '/') + ".class";
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream archive = new JarOutputStream(file, manifest)) {
      archive.putNextEntry(new JarEntry(entry));
      archive.write(EndlessJob.class.getClassLoader().getResourceAsStream(entry).readAllBytes());
      archive.closeEntry();
    }
    return jar;
  }

  private static String ask(Path dir, String path) throws Exception {
    String port = Files.readString(dir.resolve("rest.port"), StandardCharsets.UTF_8).trim();
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private String run(int expectedCode, Object... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Path output = Files.createTempFile(temp, "output", ".txt");
    int code =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(code).as("%s: %s", command, text).isEqualTo(expectedCode);
    return text;
  }
}
