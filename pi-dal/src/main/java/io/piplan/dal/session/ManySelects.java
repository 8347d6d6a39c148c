package io.piplan.dal.session;

import java.util.ArrayList;
import java.util.List;

/**
 * SELECTs that are joined by UNION ALL, in brackets where they are many: MySQL goes one call deeper
 * for each part of a level, and some thousand of them overrun its stack.
 */
final class ManySelects {
  private static final int TOGETHER = 100;

  private ManySelects() {}

  /** Whether the next SELECT is the first of its brackets: by it their columns are named. */
  static boolean isFirst(int before) {
    return before % TOGETHER == 0;
  }

  /**
   * The query.
   *
   * @param head stands before those of each bracket: names, types and collations of the columns;
   *     empty if they have their own
   */
  static String union(List<String> head, List<String> selects) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i == 0 || i < selects.size(); i += TOGETHER) {
      List<String> some = new ArrayList<>(head);
      some.addAll(selects.subList(i, Math.min(selects.size(), i + TOGETHER)));
      String joined = String.join(" UNION ALL ", some);
      parts.add(i == 0 ? joined : "(" + joined + ")");
    }
    return String.join(" UNION ALL ", parts);
  }
}
