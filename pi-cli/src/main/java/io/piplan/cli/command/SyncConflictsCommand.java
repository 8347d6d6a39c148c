package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.cli.Figures;
import io.piplan.dts.apply.Conflict;
import io.piplan.dts.apply.LockedRow;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.job.LockRelease;
import io.piplan.dts.job.LockRelease.Outcome;
import io.piplan.dts.job.LockRelease.Released;
import io.piplan.dts.job.SyncControl;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sync conflicts}. */
@Command(
    name = "conflicts",
    description = {
      "Lists changes that were not applied since the target's row was not as it had to be, with all"
          + " three images. Ends with 1 if there are any open ones.",
      "With --release it unlocks rows without mending them: the sync applies what was kept aside as"
          + " it is. 'pi repair' mends and unlocks."
    },
    footer = {
      "",
      "Examples:",
      "  pi sync conflicts shop_to_pg",
      "  pi sync conflicts shop_to_pg --all --limit 1000 --json",
      "  pi sync conflicts shop_to_pg --release 17 --release 18",
      "  pi sync conflicts shop_to_pg --release-all",
      "  pi sync conflicts shop_to_pg --dismiss 19"
    })
final class SyncConflictsCommand extends SyncAction {
  /** States of a job that goes on by itself. */
  private static final Set<String> RUNS =
      Set.of("CREATED", "INITIALIZING", "RUNNING", "RESTARTING");

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

  @Option(
      names = "--release",
      paramLabel = "ID",
      description =
          "Unlock the row of this conflict and apply what was kept aside; again for more.")
  private List<Long> release = new ArrayList<>();

  @Option(names = "--release-all", description = "The same for all locked rows.")
  private boolean releaseAll;

  @Option(
      names = "--dismiss",
      paramLabel = "ID",
      description =
          "Settle this conflict without doing anything about its row, which stays locked if it is;"
              + " again for more.")
  private List<Long> dismiss = new ArrayList<>();

  @Option(names = "--json", description = "Writes them, or what was released, as JSON.")
  private boolean json;

  private boolean found;

  SyncConflictsCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncEngine engine, SyncControl control, Console console) {
    RowLocks locks = control.locks(sync);
    if (!dismiss.isEmpty()) {
      dismiss(locks, console);
    }
    if (releaseAll || !release.isEmpty()) {
      release(control, locks, console);
    } else if (dismiss.isEmpty()) {
      list(locks, console);
    }
  }

  private void dismiss(RowLocks locks, Console console) {
    for (long id : dismiss) {
      boolean settled = locks.dismiss(sync, id);
      found |= !settled;
      console.complain(
          "conflict " + id + (settled ? " is settled" : " is not open, or not of sync " + sync));
    }
  }

  private void release(SyncControl control, RowLocks locks, Console console) {
    LockRelease releasing =
        new LockRelease(locks, sync, () -> RUNS.contains(control.status(sync).state()));
    List<LockedRow> rows =
        releaseAll ? releasing.all() : release.stream().distinct().map(releasing::of).toList();
    List<Released> released = releasing.release(rows);
    if (json) {
      console.say(json(released));
    } else {
      released.forEach(row -> console.say(line(row)));
      if (released.isEmpty()) {
        console.say("no row of sync " + sync + " is locked");
      }
    }
    found |= released.stream().anyMatch(row -> row.outcome() != Outcome.APPLIED);
  }

  private String line(Released row) {
    String name = row.table() + " " + row.key();
    return switch (row.outcome()) {
      case APPLIED -> name + ": unlocked, " + row.aside() + " changes kept aside were applied";
      case WAITING ->
          name
              + ": released; "
              + row.aside()
              + " changes kept aside are applied when the sync runs (bin/pi sync status "
              + sync
              + ")";
      case REFUSED -> name + ": still locked: " + row.reason();
    };
  }

  private void list(RowLocks locks, Console console) {
    int most = Math.max(1, limit);
    List<Conflict> conflicts = all ? locks.conflicts(sync, most) : locks.openConflicts(sync, most);
    long open = locks.countOpenConflicts(sync);
    found = open > 0;
    if (json) {
      console.say(json(conflicts.stream().map(ConflictText::json).toList()));
      return;
    }
    for (Conflict conflict : conflicts) {
      ConflictText.lines(conflict).forEach(console::say);
    }
    console.say(
        Figures.count(open)
            + " open conflicts, "
            + conflicts.size()
            + " shown; rows locked: "
            + locks.locks(sync).size());
  }

  @Override
  ExitCode ending() {
    return found ? ExitCode.FOUND : ExitCode.OK;
  }
}
