package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.job.ResyncStatus;
import io.piplan.dts.job.SyncRepair;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi sync resync}. */
@Command(
    name = "resync",
    description =
        "Has the running sync copy a table, or rows of it, again, while changes go on. Rows that are"
            + " the same on both sides are left alone, others written, and rows that only the target"
            + " has deleted, unless something newer has come for them.",
    footer = {
      "",
      "Examples:",
      "  pi sync resync shop_to_pg --table orders",
      "  pi sync resync shop_to_pg --table orders --where 'id BETWEEN 1 AND 500000' --detach",
      "  pi sync resync shop_to_pg --list",
      "  pi sync resync shop_to_pg --cancel 7",
      "",
      "It goes on through restarts of the sync; pi sync limit and pi sync pause hold for it too.",
      "Ends with 0 if it is done, 1 if rows were refused or it was cancelled."
    })
final class SyncResyncCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  @Option(
      names = {"-t", "--table"},
      paramLabel = "TABLE",
      description = "The table, as the source calls it.")
  private String table;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description = "Only rows of which this is true; written as in a SYNC's WHERE.")
  private String where;

  @Option(names = "--detach", description = "Do not wait until it is done.")
  private boolean detach;

  @Option(names = "--list", description = "Show the newest requests.")
  private boolean list;

  @Option(names = "--show", paramLabel = "ID", description = "Wait for a request that was made.")
  private Long show;

  @Option(names = "--cancel", paramLabel = "ID", description = "End a request.")
  private Long cancel;

  @Mixin private StateOption state;

  @Option(names = "--json", description = "Writes the outcome as JSON.")
  private boolean json;

  SyncResyncCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    Console console = top.console();
    try (SyncEngine engine = top.engine()) {
      SyncRepair repair = engine.repair(state.directory());
      if (list) {
        List<ResyncStatus> newest = repair.resyncs(sync);
        if (json) {
          console.say(SyncAction.json(newest));
        } else {
          newest.forEach(status -> console.say(ResyncLine.text(status, 0)));
        }
        return ExitCode.OK.number();
      }
      if (cancel != null) {
        boolean done = repair.cancelResync(sync, cancel);
        console.say("resync " + cancel + (done ? " is cancelled" : " was over already"));
        return (done ? ExitCode.OK : ExitCode.FOUND).number();
      }
      long id = show == null ? ask(repair) : show;
      if (detach) {
        console.say(
            json ? SyncAction.json(repair.resync(sync, id)) : "resync " + id + " is asked for");
        return ExitCode.OK.number();
      }
      return outcome(console, await(repair, id, console)).number();
    }
  }

  private long ask(SyncRepair repair) {
    if (table == null) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "no table is named",
          "give --table TABLE, or one of --list, --show and --cancel");
    }
    return repair.resync(sync, table, Optional.ofNullable(where));
  }

  private ResyncStatus await(SyncRepair repair, long id, Console console) {
    try (ResyncLine line = new ResyncLine(console)) {
      return repair.awaitResync(sync, id, line::show);
    }
  }

  private ExitCode outcome(Console console, ResyncStatus status) {
    console.say(json ? SyncAction.json(status) : ResyncLine.text(status, 0));
    if (!status.message().isEmpty() && !json) {
      console.say("  " + status.message());
    }
    return status.state().equals("DONE") ? ExitCode.OK : ExitCode.FOUND;
  }
}
