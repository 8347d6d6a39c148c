package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.proxy.server.ConfigException;
import io.piplan.proxy.server.ConfigReader;
import io.piplan.proxy.server.Hangup;
import io.piplan.proxy.server.ProxyConfig;
import io.piplan.proxy.server.ProxyServer;
import java.nio.file.Path;

/** Runs a proxy in this process until it is told to stop. */
final class ProxyRun {
  private ProxyRun() {}

  static ProxyConfig read(Path file) {
    return new ConfigReader(System::getenv).read(file);
  }

  static int run(Console console, ProxyConfig config, Path file, boolean checkOnly)
      throws InterruptedException {
    if (checkOnly) {
      console.say("the configuration can be used");
      return ExitCode.OK.number();
    }
    ProxyServer server = ProxyServer.start(config, file, new ConfigReader(System::getenv));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "pi-proxy-drain"));
    Hangup.runs(server::reloadQuietly);
    console.say(
        "listens on "
            + server.address()
            + " (Ctrl-C or SIGTERM stops it, SIGHUP reads the configuration again)");
    console.out().flush();
    server.awaitEnd();
    return ExitCode.OK.number();
  }

  static int refused(Console console, ConfigException refusal) {
    console.complain("pi: " + refusal.getMessage());
    return ExitCode.USAGE.number();
  }
}
