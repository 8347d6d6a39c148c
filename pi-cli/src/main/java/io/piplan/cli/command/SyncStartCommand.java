package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher.Start;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sync start}. */
@Command(
    name = "start",
    description =
        "Checks a definition and starts its syncs; goes on where an earlier run was stopped.",
    footer = {
      "",
      "Examples:",
      "  pi sync start sql/mysql-to-mysql.sql",
      "  pi sync start sql/mysql-to-postgres.sql --detach --metrics-port 9249",
      "  pi sync start sql/mysql-to-postgres.sql --flink http://flink:8081 --state /shared/pi",
      "  pi sync start shops.sql --sync shop_b    one of several that has failed, say",
      "  pi sync start sql/mysql-to-mysql.sql --resync    the source's binlog was purged (PI-2005)",
      "",
      "In this process (without --flink) it runs until Ctrl-C, which stops it with a savepoint;",
      "a second Ctrl-C ends it at once, and the next start goes on from the last checkpoint."
    })
final class SyncStartCommand implements Callable<Integer> {
  private static final int WARNINGS_SHOWN = 8;

  private final Pi top;

  @Parameters(paramLabel = "FILE.sql", description = "The definition.")
  private Path file;

  @Mixin private StateOption state;

  @Option(
      names = "--sync",
      paramLabel = "NAME",
      description =
          "Of a definition with several syncs only this one, as when the others run; may be"
              + " repeated.")
  private Set<String> only = Set.of();

  @Option(
      names = "--flink",
      paramLabel = "URL",
      description = "Submit to this Flink cluster instead of running in this process.")
  private String flink;

  @Option(
      names = "--fresh",
      description = "Forget earlier progress and copy anew; rows on the target stay.")
  private boolean fresh;

  @Option(
      names = "--resync",
      description =
          "Go on at the source's end, whatever was missed, and have all tables compared meanwhile:"
              + " what differs is written, rows that only the target has are deleted.")
  private boolean resync;

  @Option(
      names = "--detach",
      description = "Run in the background; see it with 'pi sync list', end it with 'stop'.")
  private boolean detach;

  @Option(
      names = "--slots",
      paramLabel = "N",
      defaultValue = "8",
      description = "Task slots of the Flink in this process (default: ${DEFAULT-VALUE}).")
  private int slots;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description =
          "Serve the metrics of the Flink in this process to Prometheus, at http://HOST:PORT/metrics.")
  private int metricsPort;

  @Option(names = "--ready-file", hidden = true)
  private Path readyFile;

  SyncStartCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    DefinitionFile definition = DefinitionFile.of(file);
    if (fresh && resync) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "both --fresh and --resync are given",
          "--resync keeps what is copied and compares it; --fresh copies anew");
    }
    Start start = fresh ? Start.FRESH : resync ? Start.RESYNC : Start.CONTINUE;
    if (detach && flink == null) {
      return new DetachedStart(file, only, state.directory(), slots, metricsPort, start)
          .run(top.console())
          .number();
    }
    Console console = top.console();
    Path directory = state.directory();
    try (SyncEngine engine = top.engine();
        SyncControl control = engine.control(directory, Optional.empty())) {
      FlinkRuntime runtime =
          flink == null
              ? new FlinkRuntime.InProcess(directory, slots, metricsPort)
              : new FlinkRuntime.Cluster(flink, directory);
      List<String> started =
          engine
              .launcher()
              .start(definition.name(), definition.text(), only, runtime, start, this::warn);
      started.forEach(sync -> console.say(sync + " started"));
      if (readyFile != null) {
        Files.writeString(readyFile, String.join("\n", started));
      }
      if (flink != null || started.isEmpty()) {
        return ExitCode.OK.number();
      }
      Signals signals = Signals.take(ExitCode.INTERRUPTED.number());
      return new Foreground(console, control, signals).run(started).number();
    }
  }

  /** To where errors go, so that scripts get what they asked for. */
  private void warn(CheckReport report) {
    Console console = top.console();
    List<Finding> warnings = report.of(Severity.WARNING);
    warnings.stream()
        .limit(WARNINGS_SHOWN)
        .forEach(warning -> console.complain(console.notable("warning: ") + warning));
    if (warnings.size() > WARNINGS_SHOWN) {
      console.complain(
          "and " + (warnings.size() - WARNINGS_SHOWN) + " more warnings: pi check " + file);
    }
  }
}
