package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sync status}. */
@Command(
    name = "status",
    description = "Shows how a sync gets on.",
    footer = {"", "Examples:", "  pi sync status shop_to_pg --json"})
final class SyncStatusCommand extends SyncAction {
  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  @Option(names = "--json", description = "Writes it as JSON.")
  private boolean json;

  SyncStatusCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console) {
    SyncStatus status = control.status(sync);
    if (json) {
      console.say(json(status));
      return;
    }
    StatusText.lines(status).forEach(console::say);
  }
}
