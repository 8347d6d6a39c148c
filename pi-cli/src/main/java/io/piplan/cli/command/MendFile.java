package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.verify.DiffReport;
import io.piplan.dts.verify.DiffResult;
import io.piplan.dts.verify.DifferenceSink;
import io.piplan.dts.verify.DifferentRow;
import io.piplan.dts.verify.MendingScript;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Writes the statements that would mend what a diff finds, as it finds it. */
final class MendFile implements DifferenceSink, AutoCloseable {
  private final PrintWriter out;
  private final boolean ours;
  private final MendingScript script;
  private final boolean nowhere;
  private final Set<String> mended = new HashSet<>();
  private final Map<String, String> unmendable = new HashMap<>();

  private MendFile(PrintWriter out, boolean ours, boolean nowhere) {
    this.out = out;
    this.ours = ours;
    this.nowhere = nowhere;
    this.script = new MendingScript(out::println);
  }

  /**
   * @param name {@code -} for the console, null for nowhere
   */
  static MendFile open(String name, Console console) {
    if (name == null) {
      return new MendFile(new PrintWriter(PrintWriter.nullWriter()), false, true);
    }
    if (name.equals("-")) {
      return new MendFile(console.out(), false, false);
    }
    try {
      return new MendFile(
          new PrintWriter(Files.newBufferedWriter(Path.of(name), StandardCharsets.UTF_8)),
          true,
          false);
    } catch (IOException e) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "statements cannot be written to " + name + ": " + e.getMessage(),
          "name a file in a folder that is there and may be written",
          e);
    }
  }

  @Override
  public void differs(DifferentRow row) {
    if (nowhere) {
      return;
    }
    if (row.mendable()) {
      mended.add(row.pair().b());
      script.add(row);
    } else {
      row.unmendable().ifPresent(why -> unmendable.put(row.pair().b(), why));
    }
  }

  /** Says of which tables there are rows that were not told. */
  void untold(Map<String, Long> rows) {
    rows.forEach(
        (table, count) ->
            out.println(
                "-- "
                    + count
                    + " more rows of table "
                    + table
                    + " differed: mend these and compare again, or compare without --flink"));
  }

  /** Says of which tables nothing could be written. */
  void end(DiffReport report) {
    script.end();
    for (DiffResult table : report.tables()) {
      if (table.differences() > 0 && !mended.contains(table.tableB())) {
        String why = unmendable.getOrDefault(table.tableB(), "nothing names its rows");
        out.println(
            "-- not for table "
                + table.tableB()
                + ": "
                + (table.problem() == null ? why : table.problem()));
      }
    }
    out.flush();
    if (ours && out.checkError()) {
      throw new DtsException(
          DtsError.INTERNAL, "the statements could not be written", "see that the disk has space");
    }
  }

  @Override
  public void close() {
    // What was found before a diff failed is to take effect, as it was found.
    script.end();
    if (ours) {
      out.close();
    }
  }
}
