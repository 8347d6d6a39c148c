package io.piplan.cli.command;

import io.piplan.proxy.server.ConfigException;
import io.piplan.proxy.server.ProxyConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pi proxy}. */
@Command(
    name = "proxy",
    description = "Runs a MySQL proxy in front of a data node, until SIGTERM.",
    footer = {
      "",
      "Examples:",
      "  pi proxy --config proxy.json",
      "  pi proxy --config proxy.json --check",
      "",
      "docs/proxy.md describes the file."
    })
final class ProxyCommand implements Callable<Integer> {
  private final Pi top;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE.json",
      description = "The configuration.")
  private Path file;

  @Option(names = "--check", description = "Checks the file only, starts nothing.")
  private boolean check;

  ProxyCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      ProxyConfig config = ProxyRun.read(file);
      return ProxyRun.run(top.console(), config, file, check);
    } catch (ConfigException e) {
      return ProxyRun.refused(top.console(), e);
    }
  }
}
