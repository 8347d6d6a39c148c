package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncStatus;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pi sync list}. */
@Command(
    name = "list",
    description = "Lists the syncs that were started with this state directory.",
    footer = {"", "Examples:", "  pi sync list", "  pi sync list --json"})
final class SyncListCommand extends SyncAction {
  @Option(names = "--json", description = "Writes it as JSON.")
  private boolean json;

  SyncListCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncEngine engine, SyncControl control, Console console) {
    List<SyncStatus> all = control.list();
    if (json) {
      console.say(json(StatusJson.all(all)));
    } else if (all.isEmpty()) {
      console.say("no syncs");
    } else {
      all.forEach(status -> console.say(StatusText.line(status)));
    }
  }
}
