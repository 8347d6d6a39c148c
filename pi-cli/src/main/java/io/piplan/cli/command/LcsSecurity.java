package io.piplan.cli.command;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What PiLCS servers ask of who talks to them, and how they are known. */
final class LcsSecurity {
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

  /** Empty if there is none. */
  String token() {
    return token(tokenFile);
  }

  /** Who signed the servers' certificates; empty for no TLS. */
  Optional<Path> authorities() {
    return Optional.ofNullable(authorities);
  }

  /** Empty for no file; a file without a token is refused. */
  static String token(Path file) {
    if (file == null) {
      return "";
    }
    String token;
    try {
      token = Files.readAllLines(file).stream().findFirst().orElse("").strip();
    } catch (IOException e) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "the token file cannot be read: " + e,
          "give a file whose first line is the token",
          e);
    }
    if (token.isEmpty()) {
      // A server would take it for "no token asked for" and let everybody in.
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "the first line of the token file " + file + " is empty",
          "write the token there, or leave the option out where none is asked for");
    }
    return token;
  }
}
