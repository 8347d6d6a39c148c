package io.piplan.lcs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@link CallerMain}, as on the machine of one of the servers: stopped together with it. */
final class CallerProcess implements AutoCloseable {
  private final Path output;
  private final Process process;

  CallerProcess(Path output, String servers, String sequence, int threads) throws IOException {
    this.output = output;
    this.process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                CallerMain.class.getName(),
                servers,
                sequence,
                String.valueOf(threads))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> Files.readString(output).contains("asks") || !process.isAlive());
  }

  /** {@code STOP} or {@code CONT}. */
  void signal(String name) {
    Cluster.signal(process, name);
  }

  /** Has the callers end, and adds what they were given. */
  int addTo(NumberHistory history) throws IOException, InterruptedException {
    process.getOutputStream().close();
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    List<String> lines = Files.readAllLines(output);
    assertThat(lines).contains(CallerMain.END);
    List<NumberHistory.Given> given = history.client();
    for (String line : lines) {
      String[] parts = line.split(" ", -1);
      if (parts.length == 4 && parts[0].matches("\\d+")) {
        given.add(
            new NumberHistory.Given(
                Long.parseLong(parts[0]),
                Long.parseLong(parts[1]),
                Long.parseLong(parts[2]),
                Integer.parseInt(parts[3])));
      }
    }
    return given.size();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
      process.getInputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
