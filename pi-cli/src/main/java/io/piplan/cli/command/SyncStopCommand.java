package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pi sync stop}. */
@Command(
    name = "stop",
    description = "Stops a sync with a savepoint, from which 'pi sync start' goes on.",
    footer = {"", "Examples:", "  pi sync stop shop_to_pg"})
final class SyncStopCommand extends SyncAction {
  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  SyncStopCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console) {
    console.say(sync + " stopped; savepoint " + control.stop(sync));
  }
}
