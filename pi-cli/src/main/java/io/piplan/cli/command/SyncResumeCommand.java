package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code pi sync resume}. */
@Command(
    name = "resume",
    description = "Goes on after 'pi sync pause'.",
    footer = {"", "Examples:", "  pi sync resume shop_to_pg"})
final class SyncResumeCommand extends NamedSyncAction {
  SyncResumeCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console, List<String> syncs) {
    each(
        console,
        syncs,
        sync -> {
          control.resume(sync);
          console.say(sync + " goes on within seconds");
        });
  }
}
