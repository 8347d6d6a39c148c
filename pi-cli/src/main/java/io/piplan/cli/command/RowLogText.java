package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.dts.job.RowLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The changes of a row in a binlog, for people. */
record RowLogText(Console console) {
  private static final String LINE = "%-11s%s";

  /**
   * @param log null for none
   */
  List<String> lines(RowLog log) {
    List<String> lines = new ArrayList<>();
    if (log == null) {
      return lines;
    }
    lines.add(LINE.formatted("binlog", read(log)));
    for (RowLog.Change change : log.changes()) {
      lines.add(LINE.formatted("change", head(change)));
      body(change).forEach(line -> lines.add(LINE.formatted("", "  " + line)));
    }
    if (log.problem() != null) {
      lines.add(LINE.formatted("", console.bad(log.problem())));
    }
    return lines;
  }

  private static String read(RowLog log) {
    if (log.from() == null) {
      return "could not be read";
    }
    long shown = log.changes().stream().filter(change -> change.statement() == null).count();
    return log.from()
        + " to "
        + log.to()
        + ", "
        + Figures.size(log.bytes())
        + " read: "
        + (log.found() == 0 ? "no change of the row" : Figures.count(log.found()) + " of the row")
        + (shown < log.found() ? ", the last " + shown + ":" : "");
  }

  private String head(RowLog.Change change) {
    return console.bold(change.op())
        + " at "
        + change.place()
        + " of "
        + change.time()
        + (change.gtid() == null ? "" : ", GTID " + change.gtid())
        + (change.ofSync() ? ", by a sync" : "");
  }

  private static List<String> body(RowLog.Change change) {
    if (change.statement() != null) {
      return List.of(change.statement());
    }
    if (change.before() == null || change.after() == null) {
      return List.of((change.before() == null ? change.after() : change.before()).toString());
    }
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, String> after : change.after().entrySet()) {
      String before = change.before().get(after.getKey());
      if (!Objects.equals(before, after.getValue())) {
        lines.add(after.getKey() + ": " + before + " → " + after.getValue());
      }
    }
    return lines.isEmpty() ? List.of("every column as before") : lines;
  }
}
