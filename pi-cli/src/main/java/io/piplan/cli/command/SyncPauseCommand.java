package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code pi sync pause}. */
@Command(
    name = "pause",
    description = "Stops reading the source until 'pi sync resume', also through restarts.",
    footer = {"", "Examples:", "  pi sync pause shop_to_pg"})
final class SyncPauseCommand extends NamedSyncAction {
  SyncPauseCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console, List<String> syncs) {
    each(
        console,
        syncs,
        sync -> {
          control.pause(sync);
          console.say(sync + " pauses within seconds");
        });
  }
}
