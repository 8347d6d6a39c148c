package io.piplan.cli.command;

import io.piplan.proxy.server.ConfigException;
import io.piplan.proxy.server.ProxyConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pi sidecar}. */
@Command(
    name = "sidecar",
    description =
        "Runs a proxy for the programs of this machine only: on a loopback address or a Unix socket.",
    footer = {
      "",
      "Examples:",
      "  pi sidecar --config sidecar.json",
      "  pi sidecar --config sidecar.json --check",
      "",
      "docs/proxy.md describes the file."
    })
final class SidecarCommand implements Callable<Integer> {
  private final Pi top;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE.json",
      description = "The configuration.")
  private Path file;

  @Option(names = "--check", description = "Checks the file only, starts nothing.")
  private boolean check;

  SidecarCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      ProxyConfig config = ProxyRun.read(file);
      if (!config.isLocal()) {
        throw new ConfigException(
            file
                + ": /listen: found "
                + config.listen()
                + ", expected a loopback address or unix:/path; pi proxy takes others");
      }
      return ProxyRun.run(top.console(), config, file, check);
    } catch (ConfigException e) {
      return ProxyRun.refused(top.console(), e);
    }
  }
}
