package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A report of checks for people: findings by server and table, each with its remedy. */
final class CheckText {
  private static final String INDENT = "          ";

  /** Findings that differ only in their column are shown as one. */
  private record Same(Severity severity, String code, String message, String remedy) {}

  private final Console console;
  private final boolean quiet;

  /**
   * @param quiet errors and warnings only
   */
  CheckText(Console console, boolean quiet) {
    this.console = console;
    this.quiet = quiet;
  }

  List<String> lines(CheckReport report) {
    List<String> lines = new ArrayList<>();
    Map<String, Map<String, List<Finding>>> servers = new LinkedHashMap<>();
    for (Finding finding : report.findings()) {
      if (!quiet || finding.severity().compareTo(Severity.WARNING) <= 0) {
        servers
            .computeIfAbsent(finding.subject().server(), server -> new LinkedHashMap<>())
            .computeIfAbsent(finding.subject().table(), table -> new ArrayList<>())
            .add(finding);
      }
    }
    servers.forEach(
        (server, tables) -> {
          lines.add(console.bold(server.isEmpty() ? report.definition() : server));
          tables.forEach(
              (table, findings) -> {
                if (!table.isEmpty()) {
                  lines.add("  table " + console.bold(table));
                }
                findings(findings, lines);
              });
        });
    lines.add(summary(report));
    return lines;
  }

  private void findings(List<Finding> findings, List<String> lines) {
    Map<Same, List<String>> merged = new LinkedHashMap<>();
    for (Finding finding : findings) {
      merged
          .computeIfAbsent(
              new Same(
                  finding.severity(), finding.code().name(), finding.message(), finding.remedy()),
              same -> new ArrayList<>())
          .add(finding.subject().column());
    }
    merged.forEach((same, columns) -> lines.addAll(finding(same, columns)));
  }

  private List<String> finding(Same same, List<String> columns) {
    List<String> lines = new ArrayList<>();
    String where = columns.get(0).isEmpty() ? "" : String.join(", ", columns) + ": ";
    lines.add(
        "  "
            + coloured(same.severity())
            + " "
            + same.message().lines().findFirst().map(first -> where + first).orElse(where)
            + console.faint("  " + same.code()));
    same.message().lines().skip(1).forEach(line -> lines.add(INDENT + line));
    if (!same.remedy().isEmpty()) {
      lines.add(INDENT + "remedy: " + same.remedy());
    }
    return lines;
  }

  private String coloured(Severity severity) {
    String word = String.format("%-7s", severity);
    return switch (severity) {
      case ERROR -> console.bad(word);
      case WARNING -> console.notable(word);
      case INFO -> word;
      case OK -> console.good(word);
    };
  }

  private String summary(CheckReport report) {
    int errors = report.of(Severity.ERROR).size();
    int warnings = report.of(Severity.WARNING).size();
    String counts = "check: " + count(errors, "error") + ", " + count(warnings, "warning");
    return errors > 0
        ? console.bad(counts) + "; a start would be refused"
        : console.good(counts) + "; it can be started";
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
