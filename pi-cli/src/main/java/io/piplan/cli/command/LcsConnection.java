package io.piplan.cli.command;

import io.piplan.lcs.client.LcsClient;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the PiLCS servers are, and what they ask for. */
final class LcsConnection {
  @Option(
      names = {"-s", "--servers"},
      paramLabel = "HOST:PORT,…",
      defaultValue = "${env:PI_LCS_SERVERS:-127.0.0.1:7301}",
      description =
          "Some or all servers; the one that leads is found. Default: the variable PI_LCS_SERVERS,"
              + " else 127.0.0.1:7301.")
  private String servers;

  @Mixin private LcsSecurity security;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "How long to try; ${DEFAULT-VALUE} by default.")
  private int timeoutSeconds;

  LcsClient client() {
    return client(servers);
  }

  LcsClient client(String of) {
    LcsClient.Builder builder =
        LcsClient.builder()
            .servers(of)
            .token(security.token())
            .callTimeout(Duration.ofSeconds(timeoutSeconds));
    security.authorities().ifPresent(builder::tls);
    return builder.build();
  }

  String[] each() {
    return servers.split(",", -1);
  }
}
