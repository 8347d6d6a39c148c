package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.cli.Figures;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.job.RepairReport;
import io.piplan.dts.job.SyncRepair.Rows;
import io.piplan.dts.verify.DiffReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi repair}. */
@Command(
    name = "repair",
    description =
        "Mends rows of a target from the source, which owns them: finds those that differ, writes"
            + " them as the source has them, deletes those that the source does not have, unlocks"
            + " locked ones and applies what was kept aside for them. A running sync does it itself,"
            + " beside its changes, so that no row goes back for a moment.",
    footer = {
      "",
      "Examples:",
      "  pi repair shop_to_pg --table orders --key 42 --dry-run",
      "  pi repair shop_to_pg --table orders --key 42 --key 43",
      "  pi repair shop_to_pg --table order_items --key '42,3'",
      "  pi repair shop_to_pg --table orders --where 'id BETWEEN 1 AND 5000'",
      "  pi repair shop_to_pg --table orders",
      "  pi repair mysql_a.shop pg_b.public -f sync.sql --table orders",
      "",
      "With two databases it mends the second from the first, where no sync runs between them. If the",
      "definition (-f) has a SYNC from one site to the other, rows that other zones own are left alone.",
      "Can be run again at any time. Ends with 0 if nothing differs any more, 1 if something does."
    })
final class RepairCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(
      arity = "1..2",
      paramLabel = "SYNC|A B",
      description = "The name of a sync, or two databases.")
  private List<String> what = new ArrayList<>();

  @Mixin private DatabaseNames databases;

  @Option(
      names = {"-t", "--table"},
      paramLabel = "TABLE[:TABLE_OF_B]",
      required = true,
      description = "The table, as the source calls it.")
  private String table;

  @Option(
      names = {"-k", "--key"},
      paramLabel = "KEY",
      description = "Only the row with this key; again for more. Several columns: with commas.")
  private List<String> keys = new ArrayList<>();

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description = "Only rows of which this is true; written as in a SYNC's WHERE.")
  private String where;

  @Option(names = "--dry-run", description = "Show what differs, and change nothing.")
  private boolean dryRun;

  @Option(
      names = "--force",
      description = "With two databases: also if a sync is known to write to the second.")
  private boolean force;

  @Mixin private StateOption state;

  @Option(names = "--json", description = "Writes the outcome as JSON.")
  private boolean json;

  RepairCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    if (!keys.isEmpty() && where != null) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "both --key and --where are given",
          "give one of them, or none for the whole table");
    }
    Console console = top.console();
    return (what.size() == 1 ? bySync(console) : byDatabases(console)).number();
  }

  private ExitCode bySync(Console console) {
    Rows rows =
        new Rows(table, keys.stream().map(KeyText::parse).toList(), Optional.ofNullable(where));
    try (SyncEngine engine = top.engine();
        DiffLine line = new DiffLine(console);
        ResyncLine resync = new ResyncLine(console)) {
      var repair = engine.repair(state.directory());
      if (dryRun) {
        DiffReport report = repair.compare(what.get(0), rows, line);
        line.close();
        return found(console, report);
      }
      RepairReport report = repair.repair(what.get(0), rows, line, resync::show);
      line.close();
      resync.close();
      return outcome(console, report);
    }
  }

  private ExitCode byDatabases(Console console) {
    DatabaseRepair repair =
        new DatabaseRepair(
            databases.find(what.get(0)),
            databases.find(what.get(1)),
            table,
            keys.stream().map(KeyText::parse).toList(),
            Optional.ofNullable(where),
            databases.parsed());
    try (DiffLine line = new DiffLine(console)) {
      if (dryRun) {
        DiffReport report = repair.compare(line);
        line.close();
        return found(console, report);
      }
      RepairReport report = repair.run(line, force);
      line.close();
      return outcome(console, report);
    }
  }

  private ExitCode found(Console console, DiffReport report) {
    console.say(json ? report.toJson() : report.toText().stripTrailing());
    return report.differences() == 0 ? ExitCode.OK : ExitCode.FOUND;
  }

  private ExitCode outcome(Console console, RepairReport report) {
    if (json) {
      console.say(SyncAction.json(report));
    } else {
      report.before().tables().forEach(t -> t.sample().forEach(row -> console.say("  " + row)));
      console.say(
          Figures.count(report.before().differences())
              + " rows differed, "
              + Figures.count(report.lockedRows())
              + " were locked; "
              + Figures.count(report.mendedRows())
              + " written, "
              + Figures.count(report.removedRows())
              + " deleted");
      report.refused().forEach(row -> console.say("  " + console.bad("refused ") + row));
      if (!report.notOurs().isEmpty()) {
        console.say("left alone, since other zones own them or wrote them last:");
        report.notOurs().forEach(row -> console.say("  " + row));
        console.say("  (mend them by the sync that comes from their zone)");
      }
      report
          .after()
          .tables()
          .forEach(t -> t.sample().forEach(row -> console.say("  still " + row)));
      console.say("diff: " + report.after().differences());
    }
    return report.after().differences() == 0 ? ExitCode.OK : ExitCode.FOUND;
  }
}
