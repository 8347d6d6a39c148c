package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.lcs.client.LcsClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi lcs raise}. */
@Command(
    name = "raise",
    description =
        "Makes all numbers that a sequence gives from now on larger than a value; changes nothing"
            + " if they are already.",
    footer = {"", "Examples:", "  pi lcs raise orders 1000000"})
final class LcsRaiseCommand implements Callable<Integer> {
  private final Pi top;

  @Mixin private LcsConnection connection;

  @Parameters(index = "0", paramLabel = "SEQUENCE", description = "Its name.")
  private String sequence;

  @Parameters(index = "1", paramLabel = "VALUE", description = "Numbers will be larger than it.")
  private long value;

  @Option(names = "--force", description = "Also if it skips more numbers than servers allow.")
  private boolean force;

  @Option(names = "--json", description = "Writes JSON.")
  private boolean json;

  LcsRaiseCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    try (LcsClient client = connection.client()) {
      long next = client.sequence(sequence).raiseTo(value, force);
      top.console()
          .say(json ? "{\"next\":" + next + "}" : sequence + " gives " + next + " or more next");
    }
    return ExitCode.OK.number();
  }
}
