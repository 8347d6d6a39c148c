package io.piplan.cli.command;

import picocli.CommandLine.Command;

/** {@code pi hive}. */
@Command(
    name = "hive",
    description = "For syncs to Hive.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = HiveCompactCommand.class,
    footer = {
      "",
      "Examples:",
      "  pi hive compact sql/mysql-to-hive.sql",
      "  pi hive compact --sync shop_to_hive --table orders",
      "",
      "docs/hive.md tells of layouts and what they cost."
    })
final class HiveCommand {
  HiveCommand() {}
}
