package io.piplan.cli.command;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --state}, which every sync command has. */
final class StateOption {
  @Option(
      names = "--state",
      paramLabel = "DIR",
      description =
          "Where checkpoints, savepoints and what is known of started syncs are kept; with --flink"
              + " a folder that the cluster sees under the same name"
              + " (default: ~/.pi/state).")
  private Path directory;

  StateOption() {}

  Path directory() {
    return (directory == null ? LogFile.defaultState() : directory).toAbsolutePath().normalize();
  }
}
