package io.piplan.cli.command;

import picocli.CommandLine.Command;

/** {@code pi lcs}. */
@Command(
    name = "lcs",
    description = "PiLCS, the logical clock service: numbers that never repeat and only grow.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      LcsServerCommand.class,
      LcsNextCommand.class,
      LcsRaiseCommand.class,
      LcsListCommand.class,
      LcsStatusCommand.class,
      LcsTransferCommand.class,
      LcsMembersCommand.class,
      LcsPractiseCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  pi lcs server --id 1 --peers 1=127.0.0.1:7201 --listen 127.0.0.1:7301 --dir /var/lib/pi-lcs",
      "  pi lcs next orders -n 10",
      "  pi lcs status",
      "",
      "docs/lcs.md tells more."
    })
final class LcsCommand {
  LcsCommand() {}
}
