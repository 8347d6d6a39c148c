package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pi sync resume}. */
@Command(
    name = "resume",
    description = "Goes on after 'pi sync pause'.",
    footer = {"", "Examples:", "  pi sync resume shop_to_pg"})
final class SyncResumeCommand extends SyncAction {
  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  SyncResumeCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console) {
    control.resume(sync);
    console.say(sync + " goes on within seconds");
  }
}
