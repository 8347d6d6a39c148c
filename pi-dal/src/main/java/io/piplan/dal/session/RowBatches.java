package io.piplan.dal.session;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Rows that are written, some at once. */
final class RowBatches {
  private static final int ROWS_AT_ONCE = 500;
  private static final int CHARACTERS_AT_ONCE = 1 << 20;

  private RowBatches() {}

  /** Gives the rows on, in their order; nothing of none. */
  static void write(List<String> rows, Consumer<List<String>> writer) {
    List<String> some = new ArrayList<>();
    int characters = 0;
    for (String row : rows) {
      if (some.size() >= ROWS_AT_ONCE || characters > CHARACTERS_AT_ONCE) {
        writer.accept(some);
        some = new ArrayList<>();
        characters = 0;
      }
      some.add(row);
      characters += row.length();
    }
    if (!some.isEmpty()) {
      writer.accept(some);
    }
  }
}
