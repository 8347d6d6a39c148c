package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.cli.Figures;
import io.piplan.dts.apply.Conflict;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.job.SyncControl;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sync conflicts}. */
@Command(
    name = "conflicts",
    description = {
      "Lists changes that were not applied since the target's row was not as it had to be, with all"
          + " three images. Ends with 1 if there are any open ones."
    },
    footer = {
      "",
      "Examples:",
      "  pi sync conflicts shop_to_pg",
      "  pi sync conflicts shop_to_pg --all --limit 1000 --json"
    })
final class SyncConflictsCommand extends SyncAction {
  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  @Option(names = "--all", description = "Those that are settled too.")
  private boolean all;

  @Option(
      names = "--limit",
      paramLabel = "COUNT",
      defaultValue = "100",
      description = "At most so many, the oldest first (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--json", description = "Writes them as JSON.")
  private boolean json;

  private long open;

  SyncConflictsCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncEngine engine, SyncControl control, Console console) {
    int most = Math.max(1, limit);
    RowLocks locks = control.locks(sync);
    List<Conflict> found = all ? locks.conflicts(sync, most) : locks.openConflicts(sync, most);
    open = locks.countOpenConflicts(sync);
    if (json) {
      console.say(json(found.stream().map(ConflictText::json).toList()));
      return;
    }
    for (Conflict conflict : found) {
      ConflictText.lines(conflict).forEach(console::say);
    }
    console.say(
        Figures.count(open)
            + " open conflicts, "
            + found.size()
            + " shown; rows locked: "
            + locks.locks(sync).size());
  }

  @Override
  ExitCode ending() {
    return open == 0 ? ExitCode.OK : ExitCode.FOUND;
  }
}
