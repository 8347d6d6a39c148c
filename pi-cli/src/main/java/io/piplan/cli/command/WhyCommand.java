package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.job.LogRange;
import io.piplan.dts.job.RowHistory;
import io.piplan.dts.job.RowLog;
import io.piplan.dts.job.RowLogReader;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.verify.DiffReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pi why}. */
@Command(
    name = "why",
    description =
        "Tells what is known of a row: both sides' values, its version and origin zone, how far its"
            + " writer is, its lock, what is kept aside, conflicts and refused changes, and its"
            + " last changes in the source's binlog.",
    footer = {
      "",
      "Examples:",
      "  pi why orders 42",
      "  pi why orders 42 --sync shop_to_pg --json",
      "  pi why order_items '42,3' --sync shop_to_pg",
      "  pi why orders 42 --log 2000",
      "  pi why orders 42 --since binlog.000012:4711",
      "  pi why orders 42 --since 2026-11-27T06:00:00Z",
      "  pi why orders 42 --from mysql_a.shop --to pg_b.public -f sync.sql",
      "",
      "Ends with 0 if the row is the same on both sides, 1 if it is not."
    })
final class WhyCommand implements Callable<Integer> {
  private final Pi top;

  @Parameters(index = "0", paramLabel = "TABLE", description = "The table, as the source calls it.")
  private String table;

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "The row's key. Several columns: with commas.")
  private String key;

  @Option(
      names = {"-s", "--sync"},
      paramLabel = "SYNC",
      description = "The sync; needed where there are several.")
  private String sync;

  @Option(names = "--from", paramLabel = "A", description = "Instead of a sync: one database,")
  private String from;

  @Option(names = "--to", paramLabel = "B", description = "and the other one.")
  private String to;

  @Option(
      names = "--log",
      paramLabel = "MB",
      defaultValue = "64",
      description =
          "Look through the source's newest binlog files that hold so much (default:"
              + " ${DEFAULT-VALUE}); 0 for none.")
  private long megabytes;

  @Option(
      names = "--since",
      paramLabel = "PLACE|TIME",
      description = "Instead: look through the binlog from here on (file:position, or a time).")
  private String since;

  @Mixin private DatabaseNames databases;

  @Mixin private StateOption state;

  @Option(names = "--json", description = "Writes it as JSON.")
  private boolean json;

  WhyCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() {
    Console console = top.console();
    if (from != null || to != null) {
      return byDatabases(console).number();
    }
    try (SyncEngine engine = top.engine();
        LogLine progress = new LogLine(console)) {
      RowHistory row =
          engine
              .repair(state.directory())
              .why(
                  sync == null ? onlySync(engine) : sync,
                  table,
                  KeyText.parse(key),
                  range(),
                  progress);
      progress.close();
      if (json) {
        console.say(SyncAction.json(row));
      } else {
        new RowText(console).lines(row).forEach(console::say);
      }
      return (row.differences().isEmpty() && row.comparison().startsWith("the same")
              ? ExitCode.OK
              : ExitCode.FOUND)
          .number();
    }
  }

  private LogRange range() {
    return since == null ? LogRange.newest(megabytes) : LogRange.since(since);
  }

  private ExitCode byDatabases(Console console) {
    if (from == null || to == null) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "only one of --from and --to is given",
          "give both, or --sync");
    }
    DatabaseRef a = databases.find(from);
    DiffReport report =
        new DatabaseRepair(
                a,
                databases.find(to),
                table,
                List.of(KeyText.parse(key)),
                Optional.empty(),
                Optional.empty())
            .compare(status -> {});
    RowLog log;
    try (LogLine progress = new LogLine(console)) {
      log = RowLogReader.read(a, table.split(":", 2)[0], KeyText.parse(key), range(), progress);
    }
    if (json) {
      console.say(SyncAction.json(withLog(report, log)));
    } else {
      console.say(report.toText().stripTrailing());
      new RowLogText(console).lines(log).forEach(console::say);
    }
    return report.differences() == 0 ? ExitCode.OK : ExitCode.FOUND;
  }

  private static ObjectNode withLog(DiffReport report, RowLog log) {
    ObjectMapper mapper = new ObjectMapper();
    try {
      ObjectNode whole = (ObjectNode) mapper.readTree(report.toJson());
      return whole.set("log", mapper.valueToTree(log));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report is no JSON", e);
    }
  }

  private String onlySync(SyncEngine engine) {
    try (SyncControl control = engine.control(state.directory(), Optional.empty())) {
      List<String> names = control.list().stream().map(SyncStatus::name).toList();
      if (names.size() != 1) {
        throw new DtsException(
            DtsError.SYNC_UNKNOWN,
            names.isEmpty() ? "there is no sync" : "there are several syncs: " + names,
            "name one with --sync, or two databases with --from and --to");
      }
      return names.get(0);
    }
  }

  /** What a person reads. */
  private record RowText(Console console) {
    List<String> lines(RowHistory row) {
      Lines lines = new Lines();
      lines.add("row", row.table() + " " + row.key() + ", sync " + row.sync());
      lines.add(
          "compared",
          row.comparison().startsWith("the same")
              ? console.good(row.comparison())
              : console.bad(row.comparison()));
      row.differences().forEach(column -> lines.add("", column));
      lines.add("source", values(row.source()));
      lines.add("target", values(row.target()));
      if (row.owner() != null) {
        lines.add("owner", row.owner());
      }
      version(lines, row.version());
      if (row.lastChange() != null) {
        lines.add(
            "last",
            row.lastChange().op()
                + " at "
                + row.lastChange().place()
                + " of "
                + row.lastChange().sourceTime()
                + ": "
                + row.lastChange().outcome());
      } else if (row.log() != null) {
        lines.add("last", "none in what was read of the binlog (--log reads more)");
      }
      if (row.writer() != null) {
        lines.add(
            "writer",
            (row.writer().number() < 0 ? "all have" : row.writer().number() + " has")
                + " passed "
                + row.writer().place()
                + " of all rows' changes"
                + (row.writer().sourceTime() == null
                    ? ""
                    : " (the last of " + row.writer().sourceTime() + ")")
                + ", seen "
                + row.writer().time());
      }
      lines.add(
          "lock",
          row.lock() == null
              ? "none"
              : console.notable(row.lock().state())
                  + " since "
                  + row.lock().since()
                  + (row.lock().conflict() == 0 ? "" : ", by conflict " + row.lock().conflict()));
      row.aside()
          .forEach(a -> lines.add("aside", a.op() + " at " + a.place() + " of " + a.sourceTime()));
      row.conflicts()
          .forEach(
              c ->
                  lines.add(
                      "conflict",
                      c.id()
                          + " "
                          + c.state()
                          + " "
                          + c.kind()
                          + " "
                          + c.op()
                          + " at "
                          + c.place()
                          + ", found "
                          + c.found()
                          + ": "
                          + c.reason()));
      row.deadLetters()
          .forEach(
              d ->
                  lines.add(
                      "refused",
                      d.op()
                          + " at "
                          + d.place()
                          + ", "
                          + d.refused()
                          + ": "
                          + d.reason()
                          + (d.retried() == null ? "" : "; " + d.retried())));
      if (row.tombstone() != null) {
        lines.add(
            "tombstone",
            "version " + row.tombstone().version() + ", deleted " + row.tombstone().deleted());
      }
      row.refusedAgain().forEach(r -> lines.add("not mended", r));
      row.targetLog()
          .forEach(
              c ->
                  lines.add(
                      "in Hive",
                      c.op()
                          + " at "
                          + c.place()
                          + (c.sourceTime() == null ? "" : " of " + c.sourceTime())));
      lines.all.addAll(new RowLogText(console).lines(row.log()));
      return lines.all;
    }

    private static void version(Lines lines, RowHistory.Version version) {
      if (version != null) {
        lines.add(
            "version",
            "zone "
                + version.zone()
                + ", clock "
                + version.clock()
                + (version.time() == null ? "" : " (" + version.time() + ")")
                + (version.locked() ? ", locked" : ""));
      }
    }

    private static String values(Map<String, String> row) {
      return row == null ? "no such row" : row.toString();
    }
  }

  private static final class Lines {
    private final List<String> all = new ArrayList<>();

    void add(String name, String text) {
      all.add(String.format("%-11s%s", name, text));
    }
  }
}
