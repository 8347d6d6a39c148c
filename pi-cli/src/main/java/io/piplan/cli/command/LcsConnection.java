package io.piplan.cli.command;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "Its first line is the servers' token.")
  private Path tokenFile;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Talk TLS; PEM file with who signed the servers' certificates.")
  private Path authorities;

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
            .token(token(tokenFile))
            .callTimeout(Duration.ofSeconds(timeoutSeconds));
    return authorities == null ? builder.build() : builder.tls(authorities).build();
  }

  String[] each() {
    return servers.split(",", -1);
  }

  /** Empty for no file. */
  static String token(Path file) {
    if (file == null) {
      return "";
    }
    try {
      return Files.readAllLines(file).stream().findFirst().orElse("").strip();
    } catch (IOException e) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "the token file cannot be read: " + e,
          "give a file whose first line is the token",
          e);
    }
  }
}
