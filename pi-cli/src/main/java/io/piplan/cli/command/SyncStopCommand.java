package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pi sync stop}. */
@Command(
    name = "stop",
    description = "Stops a sync with a savepoint, from which 'pi sync start' goes on.",
    footer = {
      "",
      "Examples:",
      "  pi sync stop shop_to_pg",
      "  pi sync stop sql/mysql-to-postgres.sql     each sync of that file",
      "  pi sync stop shop_to_pg --flink http://flink-2:8081",
      "  pi sync stop shop_to_pg --now              its source is dead, say"
    })
final class SyncStopCommand extends NamedSyncAction {
  @Option(
      names = "--now",
      description =
          "End it without a savepoint, as where source or target are gone; the next start goes on"
              + " from the last checkpoint.")
  private boolean now;

  SyncStopCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console, List<String> syncs) {
    each(console, syncs, sync -> stop(control, console, sync));
  }

  private void stop(SyncControl control, Console console, String sync) {
    if (now) {
      control.end(sync);
      console.say(sync + " ended; the next start goes on from its last checkpoint");
    } else {
      console.say(sync + " stopped; savepoint " + control.stop(sync));
    }
  }
}
