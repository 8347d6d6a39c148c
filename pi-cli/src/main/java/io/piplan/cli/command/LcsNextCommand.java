package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.lcs.NumberRange;
import io.piplan.lcs.client.LcsClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi lcs next}. */
@Command(
    name = "next",
    description = "Gets the next number of a sequence, or several without a gap.",
    footer = {
      "",
      "Examples:",
      "  pi lcs next orders",
      "  pi lcs next orders -n 10 --json",
      "",
      "A sequence that isn't there begins with 1, unless the servers run with --no-create."
    })
final class LcsNextCommand implements Callable<Integer> {
  private final Pi top;

  @Mixin private LcsConnection connection;

  @Parameters(paramLabel = "SEQUENCE", description = "Its name.")
  private String sequence;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      defaultValue = "1",
      description = "How many; one line each.")
  private int count;

  @Option(names = "--json", description = "Writes the first one and the count as JSON.")
  private boolean json;

  LcsNextCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    try (LcsClient client = connection.client()) {
      NumberRange range = client.sequence(sequence).nextRange(count);
      if (json) {
        top.console().say("{\"first\":" + range.first() + ",\"count\":" + range.count() + "}");
      } else {
        for (int i = 0; i < range.count(); i++) {
          top.console().out().println(range.first() + i);
        }
        top.console().out().flush();
      }
    }
    return ExitCode.OK.number();
  }
}
