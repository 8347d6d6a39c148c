package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.cli.demo.ProxyDemo;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code pi demo proxy}. */
@Command(
    name = "proxy",
    description =
        "Starts two MariaDB and the proxy over them: a table in four shards, one in two copies by two"
            + " keys, one transaction over both servers. Prints each statement and where it went.",
    footer = {
      "",
      "Examples:",
      "  pi demo proxy     less than half a minute",
      "",
      "Ends with 0 only if all rows are where they belong and both copies are equal."
    })
final class DemoProxyCommand implements Callable<Integer> {
  private final Pi top;

  DemoProxyCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws Exception {
    return (new ProxyDemo(top.console()).run() ? ExitCode.OK : ExitCode.FOUND).number();
  }
}
