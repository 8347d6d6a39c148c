package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.cli.demo.Demo;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pi demo}. */
@Command(
    name = "demo",
    subcommands = {DemoSitesCommand.class, DemoHiveCommand.class, DemoProxyCommand.class},
    description =
        "Starts two MariaDB and a PostgreSQL, keeps a sample shop in step between them under load"
            + " and through a crash, and compares every row. Needs no server and no account.",
    footer = {
      "",
      "Examples:",
      "  pi demo                  about two minutes",
      "  pi demo --rows 50000     the short one",
      "  pi demo --keep           leaves everything up until Ctrl-C",
      "  pi demo sites            two sites that both write",
      "  pi demo hive             a Hive that follows",
      "  pi demo proxy            a proxy over two servers",
      "",
      "Ends with 0 only if all rows are equal."
    })
final class DemoCommand implements Callable<Integer> {
  private final Pi top;

  @Spec private CommandSpec spec;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Orders in the shop (default: ${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "60",
      description = "Transactions a second at the source (default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--steady",
      paramLabel = "SECONDS",
      defaultValue = "8",
      description = "How long changes go on after the copy (default: ${DEFAULT-VALUE}).")
  private long steady;

  @Option(names = "--keep", description = "Leaves everything up and prints how to connect.")
  private boolean keep;

  DemoCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws Exception {
    if (rows < 1000 || rows > 100_000_000 || rate <= 0 || steady < 0) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--rows takes 1000 to 100000000, --rate and --steady are positive");
    }
    boolean equal =
        new Demo(top.console(), new Demo.Settings(rows, rate, Duration.ofSeconds(steady), keep))
            .run();
    return (equal ? ExitCode.OK : ExitCode.FOUND).number();
  }
}
