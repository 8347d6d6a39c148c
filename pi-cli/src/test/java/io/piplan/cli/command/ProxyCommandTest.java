package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxyCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    Console console = Console.plain(new PrintWriter(out), new PrintWriter(err));
    return Pi.commandLine(console, FlinkSyncEngine::new).execute(arguments);
  }

  private static Path file(Path folder, String listen, String user) throws IOException {
    return Files.writeString(
        folder.resolve("proxy.json"),
        """
        {"listen": "%s", "users": [{"name": "app", %s}],
         "nodes": [{"name": "db1", "dsn": "mysql://pi@127.0.0.1:1"}]}
        """
            .formatted(listen, user));
  }

  @Test
  void aGoodFileIsToldSo(@TempDir Path folder) throws IOException {
    String file = file(folder, "0.0.0.0:3307", "\"no_password\": true").toString();
    assertThat(run("proxy", "--config", file, "--check")).isZero();
    assertThat(out.toString()).contains("can be used");
  }

  @Test
  void aBadFileIsRefusedWithThePlace(@TempDir Path folder) throws IOException {
    String file = file(folder, "127.0.0.1:3307", "\"password\": \"x\"").toString();
    assertThat(run("proxy", "--config", file)).isEqualTo(2);
    assertThat(err.toString()).contains(file, "/users/0/password: not known here");
  }

  @Test
  void aSidecarIsForThisMachineOnly(@TempDir Path folder) throws IOException {
    String open = file(folder, "0.0.0.0:3307", "\"no_password\": true").toString();
    assertThat(run("sidecar", "--config", open, "--check")).isEqualTo(2);
    assertThat(err.toString()).contains("expected a loopback address or unix:/path");
    String local = file(folder, "127.0.0.1:3307", "\"no_password\": true").toString();
    assertThat(run("sidecar", "--config", local, "--check")).isZero();
  }

  @Test
  void aNodeThatIsNotThereEndsIt(@TempDir Path folder) throws IOException {
    String file = file(folder, "127.0.0.1:0", "\"no_password\": true").toString();
    assertThat(run("proxy", "--config", file)).isEqualTo(2);
    assertThat(err.toString()).contains("node db1 (127.0.0.1:1)");
  }
}
