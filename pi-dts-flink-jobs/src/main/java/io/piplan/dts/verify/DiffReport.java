package io.piplan.dts.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.jdbc.DatabaseRef;
import java.util.List;
import java.util.Locale;

/** What a diff found. A record of plain values, so that any JSON mapper can write it. */
public record DiffReport(
    String a, String b, List<DiffResult> tables, long differences, long millis) {
  public DiffReport {
    tables = List.copyOf(tables);
  }

  public static DiffReport of(DatabaseRef a, DatabaseRef b, List<DiffResult> tables, long millis) {
    long differences = tables.stream().mapToLong(DiffResult::differences).sum();
    return new DiffReport(a.toString(), b.toString(), tables, differences, millis);
  }

  /** The same, with so many rows of each table at most. */
  public DiffReport withSamples(int samples) {
    return new DiffReport(
        a,
        b,
        tables.stream().map(table -> table.withSamples(samples)).toList(),
        differences,
        millis);
  }

  public String toJson() {
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report of plain values cannot be written as JSON", e);
    }
  }

  /** A table for people; the last line is {@code diff: N}. */
  public String toText() {
    int width =
        Math.max(5, tables.stream().mapToInt(table -> name(table).length()).max().orElse(0));
    StringBuilder text = new StringBuilder();
    text.append("A ").append(a).append("\nB ").append(b).append('\n');
    String format = "%-" + width + "s %13s %13s %13s %10s %10s %10s %10s%n";
    text.append(
        String.format(
            Locale.ROOT,
            format,
            "table",
            "rows A",
            "rows B",
            "equal",
            "only A",
            "only B",
            "different",
            "moving"));
    for (DiffResult table : tables) {
      text.append(
          String.format(
              Locale.ROOT,
              format,
              name(table),
              number(table.rowsA()),
              number(table.rowsB()),
              number(table.equal()),
              number(table.onlyInA()),
              number(table.onlyInB()),
              number(table.different()),
              number(table.moving())));
      if (table.problem() != null) {
        text.append("  problem: ").append(table.problem()).append('\n');
      }
      table.sample().forEach(row -> text.append("  ").append(row).append('\n'));
    }
    return text.append("diff: ").append(differences).append('\n').toString();
  }

  private static String name(DiffResult table) {
    String names =
        table.tableA().equals(table.tableB())
            ? table.tableA()
            : table.tableA() + " ~ " + table.tableB();
    return table.byVersion() ? names + " (versions)" : names;
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
