package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.cli.Figures;
import io.piplan.dts.Amounts;
import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.job.HiveSyncs;
import io.piplan.dts.job.HiveSyncs.HiveSync;
import io.piplan.dts.sql.SecretLookup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pi hive compact}. */
@Command(
    name = "compact",
    description =
        "Rewrites the current state of a sync's tables (layout changelog) or merges the log into them"
            + " (layout merge), joins small files, and takes out of the log what is old. Runs beside"
            + " the sync, at any moment, and again after it was killed.",
    footer = {
      "",
      "Examples:",
      "  pi hive compact sql/mysql-to-hive.sql",
      "  pi hive compact sync.sql --sync shop_to_hive --table orders --table payments",
      "  pi hive compact --sync shop_to_hive --keep-log '7 d' --json",
      "",
      "Ends with 0 if all tables are done, 4 if some have to wait, for another run or for the sync."
    })
final class HiveCompactCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private final Pi top;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "DEFINITION",
      description = "The file of the definition: each sync to Hive of it.")
  private Path definition;

  @Option(
      names = {"-s", "--sync"},
      paramLabel = "SYNC",
      description = "One sync: of the definition, or of those that were started here.")
  private String sync;

  @Option(
      names = {"-t", "--table"},
      paramLabel = "TABLE",
      description = "One table, as Hive calls it; may be given several times (default: all).")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--keep-log",
      paramLabel = "TIME",
      description = "How long changes stay in the log, such as '7 d' (default: as the sync says).")
  private String keepLog;

  @Option(
      names = "--keep-files",
      paramLabel = "TIME",
      description = "How long files stay that no table names any more (default: as the sync says).")
  private String keepFiles;

  @Mixin private StateOption state;

  @Option(names = "--json", description = "Writes the outcome as JSON.")
  private boolean json;

  HiveCompactCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    HiveSyncs.Upkeep upkeep =
        new HiveSyncs.Upkeep(
            tables.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet()),
            duration("--keep-log", keepLog),
            duration("--keep-files", keepFiles));
    Console console = top.console();
    Map<String, List<Result>> results = new LinkedHashMap<>();
    for (HiveSync each : syncs()) {
      if (!json) {
        console.say("sync " + each.name() + ", Hive's database " + each.database());
      }
      results.put(
          each.name(),
          each.keepUp(
              upkeep,
              done -> {
                if (!json) {
                  console.say("  " + text(done));
                }
              }));
    }
    if (json) {
      console.say(SyncAction.json(results));
    }
    boolean all =
        results.values().stream().flatMap(List::stream).allMatch(r -> r.postponed().isEmpty());
    return (all ? ExitCode.OK : ExitCode.RETRY).number();
  }

  private List<HiveSync> syncs() {
    HiveSyncs syncs = new HiveSyncs(SecretLookup.ofProcess());
    if (definition != null) {
      DefinitionFile file = DefinitionFile.of(definition);
      return syncs.ofDefinition(file.name(), file.text(), Optional.ofNullable(sync));
    }
    if (sync == null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "name a DEFINITION, or a sync with --sync");
    }
    return List.of(syncs.ofState(state.directory(), sync));
  }

  private Optional<Duration> duration(String option, String text) {
    if (text == null) {
      return Optional.empty();
    }
    Optional<Duration> duration = Amounts.duration(text);
    if (duration.isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), option + " takes a time such as '7 d' or '1 h', found " + text);
    }
    return duration;
  }

  private static String text(Result done) {
    if (!done.postponed().isEmpty()) {
      return done.table() + ": has to wait, " + done.postponed();
    }
    return done.table()
        + ": "
        + Figures.count(done.segments())
        + " segments of the log taken into "
        + Figures.count(done.partitions())
        + " partitions, "
        + Figures.count(done.joined())
        + " files joined into others, "
        + Figures.count(done.dropped())
        + " partitions dropped, "
        + Figures.count(done.deleted())
        + " folders deleted";
  }
}
