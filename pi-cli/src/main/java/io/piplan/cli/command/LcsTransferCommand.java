package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.lcs.client.LcsClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi lcs transfer}. */
@Command(
    name = "transfer",
    description = "Has another server lead, as before maintenance; callers notice a short pause.",
    footer = {"", "Examples:", "  pi lcs transfer 2"})
final class LcsTransferCommand implements Callable<Integer> {
  private final Pi top;

  @Mixin private LcsConnection connection;

  @Parameters(paramLabel = "ID", description = "The server that is to lead.")
  private String id;

  @Option(names = "--json", description = "Writes JSON.")
  private boolean json;

  LcsTransferCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    try (LcsClient client = connection.client()) {
      long term = client.transferLeadership(id);
      top.console()
          .say(
              json
                  ? "{\"leader\":\"" + id + "\",\"term\":" + term + "}"
                  : "server " + id + " leads, in term " + term);
    }
    return ExitCode.OK.number();
  }
}
