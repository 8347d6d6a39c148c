package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/pi sync start} without a cluster: in the background, and before a person's eyes. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class LocalCommandsIT {
  private final Servers servers;
  @TempDir Path folder;

  LocalCommandsIT(Servers servers) {
    this.servers = servers;
  }

  @Test
  void inTheBackgroundUntilItIsStopped() throws Exception {
    ScriptedSync sync = new ScriptedSync(servers, folder);
    String file = sync.definition("");
    String said = sync.sync("start", file, "--detach").expect(0);
    long pid = Long.parseLong(said.replaceAll("(?s).*process (\\d+).*", "$1"));
    try {
      assertThat(said).contains(sync.name() + " started", "pi sync status " + sync.name());
      sync.awaitEqual();
      assertThat(sync.sync("list").expect(0)).contains(sync.name(), "RUNNING");
      sync.sync("start", file, "--detach").expectSaying(3, "PI-4004", "runs already");
      sync.sync("stop", sync.name()).expectSaying(0, "savepoint file:");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
      assertThat(sync.status().path("state").asText()).isEqualTo("STOPPED");
    } finally {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    sync.sync("start", sync.definition(", 'parallelism' = '99'"), "--detach")
        .expectSaying(3, "PI-4002", "8 of 8 task slots free, and 99 are needed", "--slots");
  }

  @Test
  void ctrlCStopsWithASavepointAndTheNextStartGoesOn() throws Exception {
    ScriptedSync sync = new ScriptedSync(servers, folder);
    String file = sync.definition("");
    Foreground first = new Foreground(sync, file);
    try {
      sync.awaitEqual();
      first.interrupt();
      assertThat(first.end()).contains("stopping with a savepoint", "savepoint file:");
      assertThat(first.process.exitValue()).isZero();
      assertThat(first.left()).as("processes left behind").isEmpty();
    } finally {
      first.process.destroyForcibly();
    }
    sync.onSource("UPDATE t SET v = 'meanwhile' WHERE id < 10");
    Foreground second = new Foreground(sync, file);
    try {
      sync.awaitEqual();
      // Killed, not stopped: the one after it goes on from a checkpoint.
      second.process.descendants().forEach(ProcessHandle::destroyForcibly);
      second.process.destroyForcibly().waitFor();
      sync.onSource("DELETE FROM t WHERE id < 10");
      Foreground third = new Foreground(sync, file);
      try {
        sync.awaitEqual();
        third.interrupt();
        assertThat(third.end()).contains("savepoint file:").doesNotContain("\u001b", "\tat ");
      } finally {
        third.process.destroyForcibly();
      }
    } finally {
      second.process.destroyForcibly();
    }
  }

  /** {@code bin/pi sync start} with its output in a file, which is no terminal. */
  private static final class Foreground {
    private final Path output;
    private final Process process;
    private final List<ProcessHandle> family = new ArrayList<>();

    Foreground(ScriptedSync sync, String file) throws IOException {
      output = Files.createTempFile(sync.state().getParent(), "foreground", ".txt");
      List<String> command = new ArrayList<>();
      command.add(PiScript.PI.toAbsolutePath().normalize().toString());
      command.addAll(sync.words("start", file));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      sync.pi().environment().forEach(builder.environment()::put);
      process = builder.start();
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> Files.readString(output).contains(" started") || !process.isAlive());
      assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
      process.descendants().forEach(family::add);
    }

    /**
     * The script has become java by then, so that this is what Ctrl-C does: both signals are taken
     * alike. Tests that run in the background of a shell have SIGINT ignored, and so their
     * children.
     */
    void interrupt() throws IOException, InterruptedException {
      new ProcessBuilder("kill", "-TERM", String.valueOf(process.pid())).start().waitFor();
    }

    String end() throws IOException, InterruptedException {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).as(Files.readString(output)).isTrue();
      return Files.readString(output);
    }

    Optional<ProcessHandle> left() {
      return family.stream().filter(ProcessHandle::isAlive).findFirst();
    }
  }
}
