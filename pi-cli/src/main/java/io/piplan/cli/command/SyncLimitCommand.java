package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.dts.job.SyncControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code pi sync limit}. */
@Command(
    name = "limit",
    description = "Limits how many rows a second the copy reads, while it runs.",
    footer = {"", "Examples:", "  pi sync limit shop_to_pg 20000"})
final class SyncLimitCommand extends SyncAction {
  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  @Parameters(
      paramLabel = "ROWS",
      description = "Rows a second, all tables together; 0 is no limit.")
  private long rows;

  SyncLimitCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console) {
    control.limit(sync, rows);
    console.say(
        rows == 0
            ? sync + " copies without limit"
            : sync + " copies at most " + Figures.count(rows) + " rows a second");
  }
}
