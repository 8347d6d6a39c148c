package io.piplan.cli.command;

import picocli.CommandLine.Command;

/** {@code pi sites}. */
@Command(
    name = "sites",
    description = "For several sites that all write: the metadata document, and row versions.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {SitesShowCommand.class, SitesOwnerCommand.class, SitesTriggersCommand.class},
    footer = {
      "",
      "Examples:",
      "  pi sites show sql/sites/sites.json",
      "  pi sites owner sql/sites/sites.json orders 4711",
      "  pi sites triggers 'mysql://root@db-bj/shop?password-env=BJ_PASSWORD'"
          + " -m sql/sites/sites.json -z bj",
      "",
      "docs/sites.md is the guide."
    })
final class SitesCommand {
  SitesCommand() {}
}
