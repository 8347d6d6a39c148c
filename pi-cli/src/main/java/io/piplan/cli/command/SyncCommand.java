package io.piplan.cli.command;

import picocli.CommandLine.Command;

/** {@code pi sync}. */
@Command(
    name = "sync",
    description = "Starts syncs, and watches and steers those that were started.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      SyncStartCommand.class,
      SyncListCommand.class,
      SyncStatusCommand.class,
      SyncStopCommand.class,
      SyncPauseCommand.class,
      SyncResumeCommand.class,
      SyncLimitCommand.class,
      SyncRetryCommand.class,
      SyncConflictsCommand.class,
      SyncResyncCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  pi sync start sql/mysql-to-postgres.sql --detach",
      "  pi sync list",
      "  pi sync stop shop_to_pg",
      "",
      "Steering a sync reads the environment variables that its definition names, as starting does."
    })
final class SyncCommand {
  SyncCommand() {}
}
