package io.piplan.dal.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The notation of actual tables: {@code db1.city}, or {@code db1.orders_{0, 8, 2}} for {@code
 * orders_0}, {@code orders_2}, {@code orders_4} and {@code orders_6}: start, end (excluded), step.
 */
final class Backends {
  static final String EXPECTED =
      "node.table or node.prefix_{start, end, step}, the end excluded, as db1.orders_{0, 8, 2}";
  private static final int MOST = 65_536;
  private static final String NAME = "[A-Za-z0-9_$\\-]+";
  private static final Pattern ONE = Pattern.compile("(" + NAME + ")\\.(" + NAME + ")");
  private static final Pattern SERIES =
      Pattern.compile(
          "("
              + NAME
              + ")\\.("
              + NAME
              + ")\\{\\s*(\\d{1,8})\\s*,\\s*(\\d{1,8})\\s*(?:,\\s*(\\d{1,8})\\s*)?\\}");

  private Backends() {}

  /**
   * An actual table and the number at the end of its name.
   *
   * @param suffix -1 if it comes from no series
   */
  record Numbered(ActualTable table, int suffix) {}

  /**
   * What a notation stands for.
   *
   * @throws IllegalArgumentException if it is none
   */
  static List<Numbered> expand(String notation) {
    Matcher one = ONE.matcher(notation);
    if (one.matches()) {
      return List.of(new Numbered(new ActualTable(one.group(1), one.group(2)), -1));
    }
    Matcher series = SERIES.matcher(notation);
    if (!series.matches()) {
      throw new IllegalArgumentException("\"" + notation + "\" names no actual tables");
    }
    int start = Integer.parseInt(series.group(3));
    int end = Integer.parseInt(series.group(4));
    int step = series.group(5) == null ? 1 : Integer.parseInt(series.group(5));
    if (step < 1 || end <= start || (end - start) / step > MOST) {
      throw new IllegalArgumentException(
          "\"" + notation + "\" is an empty or too long series of tables");
    }
    List<Numbered> tables = new ArrayList<>();
    for (int number = start; number < end; number += step) {
      tables.add(new Numbered(new ActualTable(series.group(1), series.group(2) + number), number));
    }
    return tables;
  }
}
