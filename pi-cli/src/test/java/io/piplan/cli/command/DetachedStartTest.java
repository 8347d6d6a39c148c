package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.job.SyncLauncher.Start;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a script in place of {@code bin/pi}: it starts once, and is refused from then on. */
class DetachedStartTest {
  private static final String SCRIPT =
      """
      #!/bin/sh
      for word; do
        [ "$before" = --ready-file ] && ready=$word
        before=$word
      done
      if [ -e "$0.runs" ]; then
        echo "it runs already"
        exit 3
      fi
      echo "first: $*"
      touch "$0.runs"
      echo shop > "$ready"
      sleep 2
      """;

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Console console = Console.plain(new PrintWriter(out), new PrintWriter(err));
  private String script;

  @BeforeEach
  void install() throws Exception {
    script = System.getProperty("pi.script");
    Path file = Files.writeString(folder.resolve("pi"), SCRIPT);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    System.setProperty("pi.script", file.toString());
  }

  @AfterEach
  void remove() {
    if (script == null) {
      System.clearProperty("pi.script");
    } else {
      System.setProperty("pi.script", script);
    }
  }

  private ExitCode start(String... only) throws Exception {
    Path definition = folder.resolve("shop.sql");
    return new DetachedStart(definition, Set.of(only), folder, 8, 0, Start.CONTINUE).run(console);
  }

  @Test
  void aStartThatIsRefusedLeavesTheOutputOfTheSyncThatRuns() throws Exception {
    assertThat(start()).isEqualTo(ExitCode.OK);
    Path output = folder.resolve("run/shop.sql.out");
    assertThat(output).content().startsWith("first: sync start ");
    assertThat(start()).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).isEqualToIgnoringNewLines("it runs already");
    assertThat(output).content().startsWith("first: ").endsWith("it runs already\n");
  }

  @Test
  void oneOfSeveralHasFilesOfItsOwn() throws Exception {
    assertThat(start("b")).isEqualTo(ExitCode.OK);
    assertThat(folder.resolve("run/shop.sql-b.out")).content().contains(" --sync b");
    assertThat(folder.resolve("run/shop.sql-b.pid")).exists();
  }
}
