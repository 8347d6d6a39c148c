package io.piplan.proxy.server;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.command.StatementScan;
import java.util.List;

/** The answer to SHOW WARNINGS and its like, out of those that were kept. */
record Warnings(List<String> columns, List<List<String>> rows) {

  /** Whether a statement that begins with SHOW is about them. */
  static boolean areAsked(StatementScan scan) {
    return isKind(scan.word(1)) || (scan.word(1).equals("COUNT") && isKind(scan.word(2)));
  }

  private static boolean isKind(String word) {
    return word.equals("WARNINGS") || word.equals("ERRORS");
  }

  /**
   * @param all level, code and message of each
   */
  static Warnings of(StatementScan scan, List<List<String>> all) {
    boolean counts = scan.word(1).equals("COUNT");
    String kind = scan.word(counts ? 2 : 1);
    List<List<String>> asked =
        kind.equals("ERRORS")
            ? all.stream().filter(row -> row.get(0).equals("Error")).toList()
            : all;
    if (counts) {
      return new Warnings(
          List.of("@@session." + (kind.equals("ERRORS") ? "error" : "warning") + "_count"),
          List.of(List.of(Integer.toString(asked.size()))));
    }
    List<String> columns = List.of("Level", "Code", "Message");
    if (scan.word(2).isEmpty()) {
      return new Warnings(columns, asked);
    }
    if (!scan.word(2).equals("LIMIT") || !scan.word(3).matches("[0-9]{1,9}")) {
      throw new ProxyException(
          ProxyError.SYNTAX, "this form of SHOW " + kind + " is not supported; write SHOW " + kind);
    }
    return new Warnings(
        columns, asked.subList(0, Math.min(asked.size(), Integer.parseInt(scan.word(3)))));
  }
}
