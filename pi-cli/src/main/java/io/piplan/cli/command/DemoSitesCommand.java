package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.cli.demo.SitesDemo;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pi demo sites}. */
@Command(
    name = "sites",
    description =
        "Starts two sites whose apps both write, with a sync each way; cuts the line between them,"
            + " heals it, kills a task manager, and compares every row. Prints how many changes"
            + " crossed each way: each just once.",
    footer = {
      "",
      "Examples:",
      "  pi demo sites              less than a minute",
      "  pi demo sites --rate 500   with more to do",
      "",
      "Ends with 0 only if all rows are equal and each change crossed once."
    })
final class DemoSitesCommand implements Callable<Integer> {
  private final Pi top;

  @Spec private CommandSpec spec;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "100",
      description = "Transactions a second at each site (default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--phase",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description =
          "How long each part goes on: all well, line cut, healed, after the kill (default:"
              + " ${DEFAULT-VALUE}).")
  private long phase;

  DemoSitesCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws Exception {
    if (rate <= 0 || phase < 1) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--rate is positive, --phase at least 1");
    }
    boolean equal =
        new SitesDemo(top.console(), new SitesDemo.Settings(rate, Duration.ofSeconds(phase))).run();
    return (equal ? ExitCode.OK : ExitCode.FOUND).number();
  }
}
