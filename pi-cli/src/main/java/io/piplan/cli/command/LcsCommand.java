package io.piplan.cli.command;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code pi lcs}. */
@Command(
    name = "lcs",
    description = "PiLCS, the logical clock service: numbers that never repeat and only grow.",
    synopsisSubcommandLabel = "COMMAND",
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
  /** In the order of the help; made one by one as those of {@link Pi}. */
  static final List<String> COMMANDS =
      List.of("server", "next", "raise", "list", "status", "transfer", "members", "practise");

  LcsCommand() {}

  /** Adds the command of that name, or all if there is none. */
  static void complete(CommandLine lcs, String named) {
    for (String name : COMMANDS.contains(named) ? List.of(named) : COMMANDS) {
      lcs.addSubcommand(type(name));
    }
  }

  private static Class<?> type(String name) {
    return switch (name) {
      case "server" -> LcsServerCommand.class;
      case "next" -> LcsNextCommand.class;
      case "raise" -> LcsRaiseCommand.class;
      case "list" -> LcsListCommand.class;
      case "status" -> LcsStatusCommand.class;
      case "transfer" -> LcsTransferCommand.class;
      case "members" -> LcsMembersCommand.class;
      case "practise" -> LcsPractiseCommand.class;
      default -> throw new IllegalArgumentException(name);
    };
  }
}
