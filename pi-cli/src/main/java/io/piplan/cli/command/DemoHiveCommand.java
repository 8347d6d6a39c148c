package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.cli.demo.HiveDemo;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pi demo hive}. */
@Command(
    name = "hive",
    description =
        "Starts a MariaDB and a Hive, copies a sample shop into Hive and follows it under load and"
            + " through two kills, rewrites the current state, and compares every row through"
            + " HiveServer2.",
    footer = {
      "",
      "Examples:",
      "  pi demo hive                 some minutes",
      "  pi demo hive --rows 20000    the short one",
      "",
      "Ends with 0 only if all rows are equal and no change is in the log twice."
    })
final class DemoHiveCommand implements Callable<Integer> {
  private final Pi top;

  @Spec private CommandSpec spec;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Orders in the shop (default: ${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "50",
      description = "Transactions a second at the source (default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--steady",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description =
          "How long changes go on after the copy, before and after the second kill (default:"
              + " ${DEFAULT-VALUE}).")
  private long steady;

  DemoHiveCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws Exception {
    if (rows < 1000 || rows > 100_000_000 || rate <= 0 || steady < 0) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--rows takes 1000 to 100000000, --rate and --steady are positive");
    }
    boolean equal =
        new HiveDemo(top.console(), new HiveDemo.Settings(rows, rate, Duration.ofSeconds(steady)))
            .run();
    return (equal ? ExitCode.OK : ExitCode.FOUND).number();
  }
}
