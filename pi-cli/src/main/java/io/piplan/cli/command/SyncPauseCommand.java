package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pi sync pause}. */
@Command(
    name = "pause",
    description = "Stops reading the source until 'pi sync resume', also through restarts.",
    footer = {"", "Examples:", "  pi sync pause shop_to_pg"})
final class SyncPauseCommand extends SyncAction {
  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  SyncPauseCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console) {
    control.pause(sync);
    console.say(sync + " pauses within seconds");
  }
}
