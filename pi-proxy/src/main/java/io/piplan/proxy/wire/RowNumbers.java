package io.piplan.proxy.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of rows in warnings: a node counts those it got, the client those of its file. */
final class RowNumbers {
  private static final Pattern ROW = Pattern.compile("\\b(at row|Row) (\\d{1,18})\\b");

  private RowNumbers() {}

  /**
   * A row of SHOW WARNINGS with other numbers.
   *
   * @param numbers the number in the file, given that at the node
   */
  static List<byte[]> in(List<byte[]> warning, LongUnaryOperator numbers) {
    int last = warning.size() - 1;
    if (last < 0 || warning.get(last) == null) {
      return warning;
    }
    String message = new String(warning.get(last), StandardCharsets.UTF_8);
    Matcher found = ROW.matcher(message);
    String other =
        found.replaceAll(
            row -> row.group(1) + " " + numbers.applyAsLong(Long.parseLong(row.group(2))));
    if (other.equals(message)) {
      return warning;
    }
    List<byte[]> changed = new ArrayList<>(warning);
    changed.set(last, other.getBytes(StandardCharsets.UTF_8));
    return changed;
  }
}
