package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.dts.apply.Retried;
import io.piplan.dts.job.SyncControl;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code pi sync retry}. */
@Command(
    name = "retry",
    description = "Tries the rows again that were put aside ('bad-rows' = 'dead-letter').",
    footer = {
      "",
      "Examples:",
      "  pi sync retry shop_to_pg",
      "",
      "What a newer change of the same row has settled leaves the list too. Rows of a table that is",
      "no longer there are not tried; those of the other tables are."
    })
final class SyncRetryCommand extends NamedSyncAction {
  SyncRetryCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console, List<String> syncs) {
    each(console, syncs, sync -> retry(control, console, sync));
  }

  private static void retry(SyncControl control, Console console, String sync) {
    Retried retried = control.retry(sync);
    long left = control.status(sync).deadLetters();
    console.say(
        sync
            + ": "
            + Figures.count(retried.applied())
            + " rows went through, "
            + Figures.count(left)
            + " are left");
    for (Retried.NotTried table : retried.notTried()) {
      console.say(
          "  "
              + Figures.count(table.changes())
              + " of "
              + table.table()
              + " were not tried: "
              + table.reason());
    }
  }
}
