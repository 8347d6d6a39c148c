package io.piplan.cli.command;

import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --flink} of the commands that watch and steer. */
final class FlinkOption {
  @Option(
      names = "--flink",
      paramLabel = "URL",
      description = "Where the cluster answers now, if that is not where the sync was started.")
  private String url;

  FlinkOption() {}

  Optional<String> url() {
    return Optional.ofNullable(url);
  }
}
