package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.dts.job.SyncControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pi sync retry}. */
@Command(
    name = "retry",
    description = "Tries the rows again that were put aside ('bad-rows' = 'dead-letter').",
    footer = {"", "Examples:", "  pi sync retry shop_to_pg"})
final class SyncRetryCommand extends SyncAction {
  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  SyncRetryCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console) {
    long done = control.retry(sync);
    long left = control.status(sync).deadLetters();
    console.say(Figures.count(done) + " rows went through, " + Figures.count(left) + " are left");
  }
}
