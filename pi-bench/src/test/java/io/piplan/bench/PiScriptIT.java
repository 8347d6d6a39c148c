package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/pi} itself: that it starts from anywhere, and what it says to scripts. */
@Tag("chaos")
class PiScriptIT {
  private final PiScript pi = new PiScript(PiScript.PI);
  @TempDir Path folder;

  @Test
  void runsThroughASymbolicLinkAndWritesPlainTextIntoAPipe() throws Exception {
    Path link =
        Files.createSymbolicLink(
            folder.resolve("pi"), PiScript.PI.toAbsolutePath().normalize().getParent());
    String version = new PiScript(link.resolve("pi")).run("--version").expect(0);
    assertThat(version).startsWith("pi ").contains("Flink 1.");
    assertThat(pi.run("sync", "--help").expect(0))
        .contains("start", "list", "status", "stop", "pause", "resume", "limit", "retry")
        .doesNotContain("\u001b");
  }

  @Test
  void whatIsWrongEndsWithItsCodeAndARemedy() throws Exception {
    Path state = folder.resolve("state");
    pi.run("sync", "statsu").expectSaying(2, "Did you mean", "status");
    pi.run("check", folder.resolve("none.sql").toString())
        .expectSaying(2, "none.sql", "there is no such file", "remedy");
    pi.run("sync", "stop", "nobody", "--state", state.toString())
        .expectSaying(3, "PI-4003", "there is no sync nobody", "--state");
    assertThat(pi.run("sync", "list", "--state", state.toString()).expect(0).strip())
        .isEqualTo("no syncs");
  }

  @Test
  void neverBuildsWhereThatIsForbidden() throws Exception {
    Path copy = Files.createDirectories(folder.resolve("clone/bin"));
    Path script = Files.copy(PiScript.PI, copy.resolve("pi"));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    new PiScript(script).run("--version").expectSaying(3, "nothing is built yet");
  }
}
